# The key that handles are made with. With another one everybody would be somebody else, so it is made once: the value
# is write-only, which neither state nor plan holds, and only sent when there is no version yet.
resource "google_secret_manager_secret" "key" {
  secret_id           = "egregora-key"
  deletion_protection = var.data == "kept"

  replication {
    user_managed { # where everything else lies
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_version" "key" {
  secret                 = google_secret_manager_secret.key.id
  secret_data_wo         = var.key
  secret_data_wo_version = 1
  deletion_policy        = "ABANDON" # it ends with its secret, and never by a plan of ours

  lifecycle {
    prevent_destroy = true
  }
}
