# Five functions from one archive. Each is a Cloud Run service of the same name underneath, whose address is known
# before it is there: a function can be told its own.
locals {
  steps = toset(concat(
    ["slice_export", "process_window", "publish_site", "reprocess"],
    var.site_access == "private" ? ["serve_site"] : [],
  ))
  names = { for step in local.steps : step => "egregora-${replace(step, "_", "-")}" }
  urls  = { for step, name in local.names : step => "https://${name}-${local.number}.${var.region}.run.app" }

  # As egregora.settings.cloud() reads it. What people tune is not here but in the work bucket.
  place = {
    GOOGLE_CLOUD_PROJECT    = var.project
    EGREGORA_REGION         = var.region
    EGREGORA_EXPORTS_BUCKET = google_storage_bucket.exports.name
    EGREGORA_WORK_BUCKET    = google_storage_bucket.work.name
    EGREGORA_SITE_BUCKET    = google_storage_bucket.site.name
    EGREGORA_DATABASE       = google_firestore_database.journal.name
    EGREGORA_WINDOWS_QUEUE  = google_cloud_tasks_queue.windows.name
    EGREGORA_PUBLISH_QUEUE  = google_cloud_tasks_queue.publish.name
    EGREGORA_PROCESS_URL    = local.urls.process_window
    EGREGORA_PUBLISH_URL    = local.urls.publish_site
    EGREGORA_INVOKER        = google_service_account.caller["tasks"].email
    EGREGORA_PROVIDER       = var.model.access == "offline" ? "offline" : "gemini"
    EGREGORA_KEY_SECRET     = google_secret_manager_secret.key.secret_id
  }

  # A lease (660 s) outlives a dispatch (600 s), that outlives its function (540 s), that outlives the model's call (240 s).
  # Reading an export takes an instance to itself, and so does publishing; a sweep has as long as Cloud Scheduler waits.
  functions = {
    slice_export   = { timeout = 540, instances = 5, concurrency = 1 }
    process_window = { timeout = 540, instances = var.windows.instances, concurrency = var.windows.concurrency }
    publish_site   = { timeout = 540, instances = 1, concurrency = 1 }
    reprocess      = { timeout = 1740, instances = 1, concurrency = 1 }
    serve_site     = { timeout = 60, instances = 1, concurrency = 1 }
  }

  # One processor has at most 4 GiB, two have 8.
  gib  = { for step, size in var.memory : step => endswith(size, "Gi") ? tonumber(trimsuffix(size, "Gi")) : 0.5 }
  cpus = { for step, gib in local.gib : step => gib > 8 ? "4" : gib > 4 ? "2" : "1" }

  # Beside `place`: only the step that calls the model knows how.
  more = {
    process_window = var.model.access == "vertex" ? { GOOGLE_CLOUD_LOCATION = var.model.location } : {}
  }

  secrets = {
    slice_export   = { EGREGORA_KEY = { secret = google_secret_manager_secret.key.secret_id, version = google_secret_manager_secret_version.key.version } }
    process_window = var.model.access == "key" ? { GEMINI_API_KEY = { secret = var.model.secret, version = "latest" } } : {}
  }
}

resource "google_cloudfunctions2_function" "step" {
  for_each = local.steps

  name        = local.names[each.key]
  location    = var.region
  description = "Egregora: functions/${each.key}.py"

  build_config {
    runtime               = "python313"
    entry_point           = each.key
    environment_variables = { GOOGLE_FUNCTION_SOURCE = "${each.key}.py" }
    docker_repository     = google_artifact_registry_repository.images.id
    service_account       = google_service_account.builder.id

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.archive.name
      }
    }

    automatic_update_policy {}
  }

  service_config {
    service_account_email            = google_service_account.step[each.key].email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # Cloud Tasks, Scheduler and Eventarc of this project are within
    all_traffic_on_latest_revision   = true
    available_memory                 = var.memory[each.key]
    available_cpu                    = local.cpus[each.key]
    timeout_seconds                  = local.functions[each.key].timeout
    max_instance_count               = local.functions[each.key].instances
    max_instance_request_concurrency = local.functions[each.key].concurrency
    environment_variables            = merge(local.place, lookup(local.more, each.key, {}))

    dynamic "secret_environment_variables" {
      for_each = lookup(local.secrets, each.key, {})

      content {
        key        = secret_environment_variables.key
        project_id = local.number
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  # Uploads: the bucket's own agent tells Pub/Sub of them, Eventarc passes that on, and the trigger's account calls. A
  # trigger apart from its function would have each event delivered again after 10 s, whether or not it is worked on.
  dynamic "event_trigger" {
    for_each = each.key == "slice_export" ? [google_storage_bucket.exports.name] : []

    content {
      event_type            = "google.cloud.storage.object.v1.finalized"
      trigger_region        = var.region # the bucket's
      service_account_email = google_service_account.caller["trigger"].email
      retry_policy          = "RETRY_POLICY_RETRY"

      event_filters {
        attribute = "bucket"
        value     = event_trigger.value
      }
    }
  }

  # What a build, the trigger and the first start need: the API refuses a function whose secrets its account cannot read.
  depends_on = [google_project_service.api, terraform_data.settled]
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84: images hold this public code and no data; Google encrypts them

  repository_id = "egregora"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of Egregora's functions"

  cleanup_policies {
    id     = "keep-two"
    action = "KEEP"
    most_recent_versions {
      keep_count = 2
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_project_service.api]
}
