# What Google would give, where its form matters.

mock_data "google_project" {
  defaults = { number = "123456789012" }
}

mock_data "google_storage_project_service_account" {
  defaults = {
    email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    member        = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
  }
}

mock_data "google_cloud_run_v2_service" {
  defaults = {
    template = [{ containers = [{ image = "europe-west1-docker.pkg.dev/some-project/egregora/serve:1" }] }]
  }
}

mock_resource "google_service_account" {
  defaults = {
    email  = "egregora-some@some-project.iam.gserviceaccount.com"
    member = "serviceAccount:egregora-some@some-project.iam.gserviceaccount.com"
    name   = "projects/some-project/serviceAccounts/egregora-some@some-project.iam.gserviceaccount.com"
  }
}

mock_resource "google_artifact_registry_repository" {
  defaults = { name = "egregora" }
}
