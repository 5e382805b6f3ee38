# Tasks are kept until they succeed, or Cloud Tasks gives them up after 31 days: the journal counts the attempts, and an
# outage must not use them up. What is lost even so, `reprocess` enqueues again.

resource "google_cloud_tasks_queue" "windows" {
  name     = "egregora-windows${var.queue_suffix}"
  location = var.region

  rate_limits {
    max_concurrent_dispatches = var.windows.instances * var.windows.concurrency # never more than have a place
    max_dispatches_per_second = var.windows.per_second
  }

  retry_config {
    max_attempts       = -1
    max_retry_duration = "0s" # no limit
    min_backoff        = "10s"
    max_backoff        = "600s"
    max_doublings      = 5
  }

  depends_on = [google_project_service.api]
}

# One publish at a time: it is one writer's work, and a second would only give way.
resource "google_cloud_tasks_queue" "publish" {
  name     = "egregora-publish${var.queue_suffix}"
  location = var.region

  rate_limits {
    max_concurrent_dispatches = 1
    max_dispatches_per_second = 1
  }

  retry_config {
    max_attempts       = -1
    max_retry_duration = "0s"
    min_backoff        = "10s"
    max_backoff        = "300s"
    max_doublings      = 4
  }

  depends_on = [google_project_service.api]
}
