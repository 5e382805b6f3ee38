locals {
  # As egregora.settings.parse_cloud() reads it.
  deployment_toml = <<-EOT
    # Written by Terraform: where this deployment lies.
    project = "${var.project}"
    region = "${var.region}"
    exports_bucket = "${google_storage_bucket.exports.name}"
    work_bucket = "${google_storage_bucket.work.name}"
    site_bucket = "${google_storage_bucket.site.name}"
    database = "${google_firestore_database.journal.name}"
    windows_queue = "${google_cloud_tasks_queue.windows.name}"
    publish_queue = "${google_cloud_tasks_queue.publish.name}"
    process_url = "${local.urls.process_window}"
    publish_url = "${local.urls.publish_site}"
    invoker = "${google_service_account.caller["tasks"].email}"
    provider = "${local.place.EGREGORA_PROVIDER}"
    key_secret = "${google_secret_manager_secret.key.secret_id}"
  EOT
}

output "exports" {
  description = "Where exports are put."
  value       = "gs://${google_storage_bucket.exports.name}"
}

output "settings" {
  description = "What to edit to tune the deployment."
  value       = "gs://${google_storage_bucket.work.name}/${google_storage_bucket_object.settings.name}"
}

output "site" {
  description = "The website's address."
  value       = local.private ? local.site_url : "${local.site_url}index.html"
}

output "site_ip" {
  description = "What a public site's own domain must point to (an A record); null without one."
  value       = one(google_compute_global_address.site[*].address)
}

output "deployment" {
  description = "The description for people's tools, as it lies in the work bucket: a file for --config."
  value       = local.deployment_toml
}

output "accounts" {
  description = "E-mail of each service account."
  value = merge(
    { for step, account in google_service_account.step : step => account.email },
    { for caller, account in google_service_account.caller : caller => account.email },
    { builder = google_service_account.builder.email },
  )
}
