# The site, two ways.
#
#   private    readers ──► Identity-Aware Proxy ──► service egregora-site, idle until asked ──► bucket
#   public     everybody ──► bucket, at storage.googleapis.com; with a domain: ──► load balancer ──► bucket

locals {
  private  = var.site_access == "private"
  balanced = var.site_access == "public" && var.site_domain != null

  site_name = "egregora-site"
  site_url = (
    local.private ? "https://${local.site_name}-${local.number}.${var.region}.run.app/"
    : local.balanced ? "https://${var.site_domain}/"
    : "https://storage.googleapis.com/${local.buckets.site}/"
  )
}

# Private. Identity-Aware Proxy is a setting of services that the functions' API does not know. So serve_site is built
# as the others are, and its image runs in a service of its own.

data "google_cloud_run_v2_service" "built" {
  count = local.private ? 1 : 0

  name     = google_cloudfunctions2_function.step["serve_site"].name
  location = var.region

  # The name alone is known before the build, and would have the image of the last one read.
  depends_on = [google_cloudfunctions2_function.step]
}

resource "google_cloud_run_v2_service" "site" {
  count = local.private ? 1 : 0

  name                = local.site_name
  location            = var.region
  description         = "Egregora's website, for readers who signed in"
  ingress             = "INGRESS_TRAFFIC_ALL"
  iap_enabled         = true
  deletion_protection = false # it holds nothing

  template {
    service_account                  = google_service_account.step["serve_site"].email
    max_instance_request_concurrency = 16
    timeout                          = "60s"

    scaling {
      min_instance_count = 0
      max_instance_count = 3
    }

    containers {
      image = data.google_cloud_run_v2_service.built[0].template[0].containers[0].image

      resources {
        limits            = { cpu = local.cpus.serve_site, memory = var.memory.serve_site }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = local.place

        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }
}

# The proxy lets readers through, and calls the service itself.
resource "google_iap_web_cloud_run_service_iam_member" "reader" {
  for_each = local.private ? toset(var.people.readers) : []

  cloud_run_service_name = google_cloud_run_v2_service.site[0].name
  location               = var.region
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.value
}

resource "google_cloud_run_v2_service_iam_member" "proxy" {
  count = local.private ? 1 : 0

  name     = google_cloud_run_v2_service.site[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:service-${local.number}@gcp-sa-iap.iam.gserviceaccount.com" # `make bootstrap` has made it
}

# Public. Who may list a bucket is told that a page is not there; who may not, that it is forbidden.

resource "google_storage_bucket_iam_member" "everybody" {
  # checkov:skip=CKV_GCP_28: only where site_access is public, which is what was asked for then

  count = local.private ? 0 : 1

  bucket = google_storage_bucket.site.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}

# With a domain.

resource "google_compute_global_address" "site" {
  count = local.balanced ? 1 : 0

  name = local.site_name

  depends_on = [google_project_service.api]
}

resource "google_compute_backend_bucket" "site" {
  count = local.balanced ? 1 : 0

  name        = local.site_name
  bucket_name = google_storage_bucket.site.name
  enable_cdn  = true

  cdn_policy {
    cache_mode       = "USE_ORIGIN_HEADERS" # the objects say how long they hold
    negative_caching = false
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_url_map" "site" {
  count = local.balanced ? 1 : 0

  name            = local.site_name
  default_service = google_compute_backend_bucket.site[0].id
}

resource "google_compute_managed_ssl_certificate" "site" {
  count = local.balanced ? 1 : 0

  name = "${local.site_name}-${substr(sha256(var.site_domain), 0, 8)}" # another domain: another certificate beside it

  managed {
    domains = [var.site_domain]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_ssl_policy" "site" {
  count = local.balanced ? 1 : 0

  name            = local.site_name
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.api]
}

resource "google_compute_target_https_proxy" "site" {
  count = local.balanced ? 1 : 0

  name             = local.site_name
  url_map          = google_compute_url_map.site[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.site[0].id]
  ssl_policy       = google_compute_ssl_policy.site[0].id
}

resource "google_compute_global_forwarding_rule" "site" {
  count = local.balanced ? 1 : 0

  name                  = local.site_name
  target                = google_compute_target_https_proxy.site[0].id
  ip_address            = google_compute_global_address.site[0].id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}

# From http to https.

resource "google_compute_url_map" "redirect" {
  count = local.balanced ? 1 : 0

  name = "${local.site_name}-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }

  depends_on = [google_project_service.api]
}

resource "google_compute_target_http_proxy" "redirect" {
  count = local.balanced ? 1 : 0

  name    = "${local.site_name}-redirect"
  url_map = google_compute_url_map.redirect[0].id
}

resource "google_compute_global_forwarding_rule" "redirect" {
  count = local.balanced ? 1 : 0

  name                  = "${local.site_name}-redirect"
  target                = google_compute_target_http_proxy.redirect[0].id
  ip_address            = google_compute_global_address.site[0].id
  port_range            = "80"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
