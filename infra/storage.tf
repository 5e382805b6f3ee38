locals {
  buckets = { for use in ["exports", "work", "site", "source"] : use => coalesce(var.buckets[use], "${var.project}-egregora-${use}") }
  days    = 24 * 60 * 60
}

# Where people put exports. What is overwritten or deleted by mistake can be brought back.
resource "google_storage_bucket" "exports" {
  # checkov:skip=CKV_GCP_62: who reads what stands in Cloud Audit Logs where it is switched on; a bucket of access logs would name people

  name                        = local.buckets.exports
  location                    = var.region # the trigger's region is the bucket's
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.data == "deletable"

  versioning {
    enabled = true
  }

  soft_delete_policy {
    retention_duration_seconds = var.keep.deleted * local.days
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      with_state                              = "ARCHIVED"
      days_since_noncurrent_time              = var.keep.overwritten
      send_days_since_noncurrent_time_if_zero = true
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.keep.exports == 0 ? [] : [var.keep.exports]

    content {
      action {
        type = "Delete"
      }
      condition {
        age        = lifecycle_rule.value
        with_state = "LIVE"
      }
    }
  }

  depends_on = [google_project_service.api]
}

# The blob store. It sweeps itself, so nothing here expires by age, and no version outlives an opt-out.
resource "google_storage_bucket" "work" {
  # checkov:skip=CKV_GCP_62: who reads what stands in Cloud Audit Logs where it is switched on; a bucket of access logs would name people
  # checkov:skip=CKV_GCP_78: versions would outlive an opt-out; every write that matters is create-only or compares generations

  name                        = local.buckets.work
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = var.data == "deletable"

  soft_delete_policy {
    retention_duration_seconds = var.keep.deleted * local.days
  }

  depends_on = [google_project_service.api]
}

# What is published; it can be made anew from the work bucket.
resource "google_storage_bucket" "site" {
  # checkov:skip=CKV_GCP_62: who reads what stands in Cloud Audit Logs where it is switched on; a bucket of access logs would name people
  # checkov:skip=CKV_GCP_78: made anew from the work bucket; versions would outlive an opt-out

  name                        = local.buckets.site
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = var.site_access == "public" ? "inherited" : "enforced"
  force_destroy               = true

  website {
    main_page_suffix = "index.html"
    not_found_page   = "404.html"
  }

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.api]
}

# The archives that functions are built from. Old ones stay for a month, for a deployment to be rolled back.
resource "google_storage_bucket" "source" {
  # checkov:skip=CKV_GCP_62: who reads what stands in Cloud Audit Logs where it is switched on; a bucket of access logs would name people

  name                        = local.buckets.source
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 30
    }
  }

  depends_on = [google_project_service.api]
}

# Named by its content: an archive that changed is another object, and only that makes functions be built anew.
resource "google_storage_bucket_object" "archive" {
  bucket = google_storage_bucket.source.name
  name   = "egregora-${substr(filesha256(var.archive), 0, 16)}.zip"
  source = var.archive

  lifecycle {
    create_before_destroy = true # the functions are built from the old one until they are built from this
  }
}

# What people tune. Made once, then theirs: changing it deploys nothing, and deploying never changes it.
resource "google_storage_bucket_object" "settings" {
  bucket       = google_storage_bucket.work.name
  name         = "config/egregora.toml"
  content_type = "application/toml"
  content      = <<-EOT
    # Settings of this deployment; they act on the next call. `egregora init` writes a file with all there are.
    [site]
    base_url = "${local.site_url}"
  EOT

  lifecycle {
    ignore_changes = [content, content_type, source, detect_md5hash, metadata, cache_control]
  }
}

# What tells people's tools where the deployment lies: `egregora status --project PROJECT`.
resource "google_storage_bucket_object" "deployment" {
  bucket       = google_storage_bucket.work.name
  name         = "config/deployment.toml"
  content_type = "application/toml"
  content      = local.deployment_toml
}
