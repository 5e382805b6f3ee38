# What is refused, and by which variable: each validation has a run of its own.

mock_provider "google" {
  source          = "./tests/mocks"
  override_during = plan
}

run "a_project_that_is_none" {
  command = plan

  variables {
    project = "Some Project"
  }

  expect_failures = [var.project]
}

run "a_zone_for_a_region" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "an_archive_that_is_not_there" {
  command = plan

  variables {
    archive = "tests/none.zip"
  }

  expect_failures = [var.archive]
}

run "an_archive_that_is_no_zip" {
  command = plan

  variables {
    archive = "tests/mocks/google.tfmock.hcl"
  }

  expect_failures = [var.archive]
}

run "a_key_that_is_too_short" {
  command = plan

  variables {
    key = "AAAA"
  }

  expect_failures = [var.key]
}

run "a_label_in_capitals" {
  command = plan

  variables {
    labels = { Team = "x" }
  }

  expect_failures = [var.labels]
}

run "people_without_a_kind" {
  command = plan

  variables {
    people = { readers = ["ann@example.org"] }
  }

  expect_failures = [var.people]
}

run "everybody_as_a_reader" {
  command = plan

  variables {
    people = { readers = ["allUsers"] }
  }

  expect_failures = [var.people]
}

run "a_model_reached_by_magic" {
  command = plan

  variables {
    model = { access = "magic" }
  }

  expect_failures = [var.model]
}

run "a_model_nowhere" {
  command = plan

  variables {
    model = { location = "Europe" }
  }

  expect_failures = [var.model]
}

run "a_secret_by_its_path" {
  command = plan

  variables {
    model = { secret = "projects/p/secrets/s" }
  }

  expect_failures = [var.model]
}

run "half_an_instance" {
  command = plan

  variables {
    windows = { instances = 0.5 }
  }

  expect_failures = [var.windows]
}

run "no_windows_in_a_second" {
  command = plan

  variables {
    windows = { per_second = 0 }
  }

  expect_failures = [var.windows]
}

run "more_windows_than_a_queue_dispatches" {
  command = plan

  variables {
    windows = { instances = 100, concurrency = 20 }
  }

  expect_failures = [var.windows]
}

run "too_little_memory" {
  command = plan

  variables {
    memory = { publish_site = "128Mi" }
  }

  expect_failures = [var.memory]
}

run "a_schedule_in_words" {
  command = plan

  variables {
    schedule = { rerun = "every night" }
  }

  expect_failures = [var.schedule]
}

run "a_time_zone_that_is_none" {
  command = plan

  variables {
    schedule = { time_zone = "+01:00" }
  }

  expect_failures = [var.schedule]
}

run "a_bucket_in_capitals" {
  command = plan

  variables {
    buckets = { work = "Work" }
  }

  expect_failures = [var.buckets]
}

run "two_buckets_of_one_name" {
  command = plan

  variables {
    buckets = { work = "same-bucket", site = "same-bucket" }
  }

  expect_failures = [var.buckets]
}

run "half_a_day" {
  command = plan

  variables {
    keep = { exports = 0.5 }
  }

  expect_failures = [var.keep]
}

run "three_days_of_what_was_deleted" {
  command = plan

  variables {
    keep = { deleted = 3 }
  }

  expect_failures = [var.keep]
}

run "a_database_with_an_underscore" {
  command = plan

  variables {
    database = { name = "my_db" }
  }

  expect_failures = [var.database]
}

run "a_database_nowhere" {
  command = plan

  variables {
    database = { location = "europe" }
  }

  expect_failures = [var.database]
}

run "a_suffix_without_its_hyphen" {
  command = plan

  variables {
    queue_suffix = "2"
  }

  expect_failures = [var.queue_suffix]
}

run "a_site_half_open" {
  command = plan

  variables {
    site_access = "friends"
  }

  expect_failures = [var.site_access]
}

run "a_domain_with_its_scheme" {
  command = plan

  variables {
    site_access = "public"
    site_domain = "https://chat.example.org/"
  }

  expect_failures = [var.site_domain]
}

run "a_domain_for_a_private_site" {
  command = plan

  variables {
    site_domain = "chat.example.org"
  }

  expect_failures = [var.site_domain]
}

run "an_address_that_is_no_email" {
  command = plan

  variables {
    alerts = { emails = ["ann"] }
  }

  expect_failures = [var.alerts]
}

run "an_alert_for_nothing_spent" {
  command = plan

  variables {
    alerts = { cost = 0 }
  }

  expect_failures = [var.alerts]
}

run "a_queue_watched_for_a_week" {
  command = plan

  variables {
    alerts = { queue_hours = 168 }
  }

  expect_failures = [var.alerts]
}

run "a_billing_account_by_its_name" {
  command = plan

  variables {
    budget = { billing_account = "mine", amount = 10 }
  }

  expect_failures = [var.budget]
}

run "a_budget_of_nothing" {
  command = plan

  variables {
    budget = { billing_account = "01ABCD-23EF45-6789AB", amount = 0 }
  }

  expect_failures = [var.budget]
}

run "a_currency_by_its_sign" {
  command = plan

  variables {
    budget = { billing_account = "01ABCD-23EF45-6789AB", amount = 10, currency = "$" }
  }

  expect_failures = [var.budget]
}

run "data_thrown_away" {
  command = plan

  variables {
    data = "gone"
  }

  expect_failures = [var.data]
}
