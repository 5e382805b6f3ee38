# Two orders to `reprocess`, told apart by what they say.
locals {
  orders = {
    rerun = { schedule = var.schedule.rerun, body = {}, does = "Enqueue every window that is not done" }
    sweep = { schedule = var.schedule.sweep, body = { sweep = true }, does = "The same, then remove what nothing refers to" }
  }
}

resource "google_cloud_scheduler_job" "reprocess" {
  for_each = local.orders

  name             = "egregora-${each.key}"
  region           = var.region
  description      = each.value.does
  schedule         = each.value.schedule
  time_zone        = var.schedule.time_zone
  attempt_deadline = "1800s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "60s"
    max_backoff_duration = "600s"
  }

  http_target {
    http_method = "POST"
    uri         = local.urls.reprocess
    headers     = { "Content-Type" = "application/json" }
    body        = base64encode(jsonencode(each.value.body))

    oidc_token {
      service_account_email = google_service_account.caller["schedule"].email
      audience              = local.urls.reprocess
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}
