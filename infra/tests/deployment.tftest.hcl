# The defaults, and what each option makes of them. tests/infra reads the same plans: who may do what, and what
# functions are told.

mock_provider "google" {
  source          = "./tests/mocks"
  override_during = plan
}

# One default would serve every account; these tell them apart.

override_resource {
  target          = google_service_account.step["slice_export"]
  override_during = plan
  values = {
    email  = "egregora-slice-export@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-slice-export@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-slice-export@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.step["process_window"]
  override_during = plan
  values = {
    email  = "egregora-process-window@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-process-window@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-process-window@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.step["publish_site"]
  override_during = plan
  values = {
    email  = "egregora-publish-site@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-publish-site@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-publish-site@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.step["reprocess"]
  override_during = plan
  values = {
    email  = "egregora-reprocess@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-reprocess@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-reprocess@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.step["serve_site"]
  override_during = plan
  values = {
    email  = "egregora-serve-site@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-serve-site@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-serve-site@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.caller["tasks"]
  override_during = plan
  values = {
    email  = "egregora-tasks@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-tasks@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-tasks@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.caller["schedule"]
  override_during = plan
  values = {
    email  = "egregora-schedule@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-schedule@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-schedule@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.caller["trigger"]
  override_during = plan
  values = {
    email  = "egregora-trigger@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-trigger@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-trigger@some-project.iam.gserviceaccount.com"
  }
}

override_resource {
  target          = google_service_account.builder
  override_during = plan
  values = {
    email  = "egregora-builder@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-builder@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-builder@some-project.iam.gserviceaccount.com"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = length(google_cloudfunctions2_function.step) == 5
    error_message = "There are four functions, and one for the site."
  }

  assert {
    condition     = alltrue([for step in google_cloudfunctions2_function.step : step.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "No function is reached from outside."
  }

  assert {
    condition     = output.site == "https://egregora-site-123456789012.europe-west1.run.app/" && google_cloud_run_v2_service.site[0].iap_enabled
    error_message = "The site is private."
  }

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.exports, google_storage_bucket.work, google_storage_bucket.site, google_storage_bucket.source] :
      bucket.public_access_prevention == "enforced" && bucket.uniform_bucket_level_access && bucket.location == var.region
    ])
    error_message = "Nothing is public, and everything lies in the region."
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.everybody) == 0
    error_message = "Only who is named is let in."
  }

  assert {
    condition     = { for name, step in google_cloudfunctions2_function.step : name => one(step.event_trigger[*].trigger_region) if length(step.event_trigger) > 0 } == { slice_export = var.region }
    error_message = "Uploads call slice_export alone, by a trigger where the bucket is."
  }

  assert {
    condition     = google_cloudfunctions2_function.step["slice_export"].event_trigger[0].retry_policy == "RETRY_POLICY_RETRY" && one(google_cloudfunctions2_function.step["slice_export"].event_trigger[0].event_filters).value == google_storage_bucket.exports.name
    error_message = "Each is told until it is read."
  }

  assert {
    condition     = google_cloud_tasks_queue.windows.rate_limits[0].max_concurrent_dispatches == 20 && google_cloud_tasks_queue.publish.rate_limits[0].max_concurrent_dispatches == 1
    error_message = "As many windows at once as have a place, and one publish."
  }

  assert {
    condition = alltrue([
      for queue in [google_cloud_tasks_queue.windows, google_cloud_tasks_queue.publish] :
      queue.retry_config[0].max_attempts == -1 && queue.retry_config[0].max_retry_duration == "0s"
    ])
    error_message = "No outage uses a task's retries up."
  }

  assert {
    condition     = google_firestore_database.journal.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.journal.deletion_policy == "ABANDON"
    error_message = "The journal is protected."
  }

  assert {
    condition     = toset(keys(google_firestore_field.journal)) == toset(["*", "source", "state", "expires"]) && length(google_firestore_field.journal["expires"].ttl_config) == 1 && length(google_firestore_field.journal["state"].ttl_config) == 0
    error_message = "The fields that the journal names are exempt or indexed, and one is the time to live."
  }

  assert {
    condition     = google_firestore_index.journal["source,state"].fields[*].field_path == tolist(["source", "state"])
    error_message = "The journal's composite index is there."
  }

  assert {
    condition     = google_secret_manager_secret.key.deletion_protection && google_secret_manager_secret_version.key.secret_data == null && google_secret_manager_secret_version.key.secret_data_wo_version == "1"
    error_message = "The key is protected, and its value is in no plan."
  }

  assert {
    condition     = google_storage_bucket_object.archive.name == "egregora-${substr(filesha256(var.archive), 0, 16)}.zip"
    error_message = "The archive is named by its content."
  }

  assert {
    condition     = google_project_iam_custom_role.model[0].permissions == toset(["aiplatform.endpoints.predict"])
    error_message = "The model is reached by service account, with that right alone."
  }

  assert {
    condition     = alltrue([for job in google_cloud_scheduler_job.reprocess : job.http_target[0].oidc_token[0].audience == job.http_target[0].uri])
    error_message = "Tokens are for the address that is called."
  }

  assert {
    condition     = length(google_billing_budget.month) == 0 && length(google_monitoring_notification_channel.email) == 0 && length(google_compute_global_address.site) == 0
    error_message = "Nothing that was not asked for."
  }
}

run "public" {
  command = plan

  variables {
    site_access = "public"
  }

  assert {
    condition     = output.site == "https://storage.googleapis.com/some-project-egregora-site/index.html"
    error_message = "The bucket is the website."
  }

  assert {
    condition     = google_storage_bucket.site.public_access_prevention == "inherited" && google_storage_bucket_iam_member.everybody[0].member == "allUsers" && google_storage_bucket_iam_member.everybody[0].bucket == google_storage_bucket.site.name
    error_message = "Everybody may read it."
  }

  assert {
    condition     = google_storage_bucket.site.website[0].main_page_suffix == "index.html" && google_storage_bucket.site.website[0].not_found_page == "404.html"
    error_message = "Folders have their index, and what is missing the site's page."
  }

  assert {
    condition     = alltrue([for bucket in [google_storage_bucket.exports, google_storage_bucket.work, google_storage_bucket.source] : bucket.public_access_prevention == "enforced"])
    error_message = "Only the site is public."
  }

  assert {
    condition     = length(google_cloudfunctions2_function.step) == 4 && length(google_cloud_run_v2_service.site) == 0 && length(google_service_account.step) == 4
    error_message = "There is nothing left of the private site."
  }
}

run "domain" {
  command = plan

  variables {
    site_access = "public"
    site_domain = "chat.example.org"
  }

  assert {
    condition     = output.site == "https://chat.example.org/index.html" && google_compute_managed_ssl_certificate.site[0].managed[0].domains == tolist(["chat.example.org"])
    error_message = "The site has its domain, and a certificate for it."
  }

  assert {
    condition     = google_compute_global_forwarding_rule.site[0].port_range == "443" && google_compute_url_map.redirect[0].default_url_redirect[0].https_redirect
    error_message = "It is reached by https, and by http sent there."
  }

  assert {
    condition     = contains(keys(google_project_service.api), "compute.googleapis.com")
    error_message = "A load balancer needs its API."
  }
}

run "key" {
  command = plan

  variables {
    model = { access = "key", secret = "my-gemini" }
  }

  assert {
    condition     = length(google_project_iam_custom_role.model) == 0 && google_secret_manager_secret_iam_member.step["process_window"].secret_id == "my-gemini"
    error_message = "The step that calls the model reads the secret that was named, and has no right on Vertex AI."
  }
}

run "offline" {
  command = plan

  variables {
    model = { access = "offline" }
  }

  assert {
    condition     = length(google_project_iam_custom_role.model) == 0 && length(google_secret_manager_secret_iam_member.step) == 1
    error_message = "Without a model there is nothing to reach."
  }
}

run "people" {
  command = plan

  variables {
    people = {
      uploaders = ["group:family@example.org"]
      readers   = ["domain:example.org"]
      operators = ["user:ann@example.org"]
    }
  }

  assert {
    condition     = google_iap_web_cloud_run_service_iam_member.reader["domain:example.org"].role == "roles/iap.httpsResourceAccessor"
    error_message = "Readers pass the proxy."
  }
}

run "named" {
  command = plan

  variables {
    buckets      = { exports = "our-exports", work = "our-work", site = "our-site", source = "our-source" }
    database     = { name = "our-journal", location = "eur3" }
    queue_suffix = "-2"
    model        = { location = "europe-west4" }
    windows      = { instances = 2, concurrency = 3, per_second = 1 }
    memory       = { slice_export = "8Gi" }
    schedule     = { sweep = "0 5 * * 0", time_zone = "Europe/Lisbon" }
    labels       = { team = "history" }
  }

  assert {
    condition     = output.exports == "gs://our-exports" && output.settings == "gs://our-work/config/egregora.toml"
    error_message = "Buckets are called what they were named."
  }

  assert {
    condition     = google_firestore_database.journal.name == "our-journal" && google_firestore_database.journal.location_id == "eur3"
    error_message = "So is the database."
  }

  assert {
    condition     = google_cloud_tasks_queue.windows.name == "egregora-windows-2" && google_cloud_tasks_queue.publish.name == "egregora-publish-2"
    error_message = "Queues have their suffix."
  }

  assert {
    condition     = google_cloud_tasks_queue.windows.rate_limits[0].max_concurrent_dispatches == 6 && google_cloudfunctions2_function.step["process_window"].service_config[0].max_instance_count == 2
    error_message = "The queue follows the function."
  }

  assert {
    condition     = google_cloudfunctions2_function.step["slice_export"].service_config[0].available_cpu == "2" && google_cloudfunctions2_function.step["reprocess"].service_config[0].available_cpu == "1"
    error_message = "Much memory takes more than one processor."
  }

  assert {
    condition     = google_cloudfunctions2_function.step["slice_export"].service_config[0].available_memory == "8Gi" && google_cloud_scheduler_job.reprocess["sweep"].schedule == "0 5 * * 0" && google_cloud_scheduler_job.reprocess["rerun"].time_zone == "Europe/Lisbon"
    error_message = "What is not named keeps its default."
  }

  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.alert : policy.user_labels == tomap({ app = "egregora", team = "history" })])
    error_message = "Labels are everywhere."
  }
}

run "kept_for_a_while" {
  command = plan

  variables {
    keep = { exports = 90, overwritten = 1, deleted = 0 }
  }

  assert {
    condition     = length(google_storage_bucket.exports.lifecycle_rule) == 3 && google_storage_bucket.work.soft_delete_policy[0].retention_duration_seconds == 0
    error_message = "Exports are deleted in time, and what is deleted is gone."
  }
}

run "told" {
  command = plan

  variables {
    alerts = { emails = ["ann@example.org"], cost = 2.5, queue_hours = 2 }
    budget = { billing_account = "01ABCD-23EF45-6789AB", amount = 20, currency = "EUR" }
  }

  assert {
    condition     = google_monitoring_notification_channel.email["ann@example.org"].labels.email_address == "ann@example.org" && google_monitoring_notification_channel.email["ann@example.org"].user_labels.app == "egregora"
    error_message = "Whoever is named is told."
  }

  assert {
    condition     = endswith(google_monitoring_alert_policy.alert["cost"].conditions[0].condition_prometheus_query_language[0].query, "> 2.5") && strcontains(google_monitoring_alert_policy.alert["queue"].conditions[0].condition_prometheus_query_language[0].query, "[2h]")
    error_message = "Of what was asked."
  }

  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].units == "20" && google_billing_budget.month[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "There is a budget for this project."
  }
}

run "deletable" {
  command = plan

  variables {
    data = "deletable"
  }

  assert {
    condition     = google_storage_bucket.work.force_destroy && google_storage_bucket.exports.force_destroy && !google_secret_manager_secret.key.deletion_protection
    error_message = "What may be deleted can be."
  }

  assert {
    condition     = google_firestore_database.journal.delete_protection_state == "DELETE_PROTECTION_DISABLED" && google_firestore_database.journal.deletion_policy == "DELETE"
    error_message = "The database, too."
  }
}
