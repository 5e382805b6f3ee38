# What `make bootstrap` has switched on already, since a new API takes minutes to be known everywhere; and what only
# some deployments need.
locals {
  apis = toset(concat(
    compact(split("\n", file("${path.module}/apis.txt"))),
    local.balanced ? ["compute.googleapis.com"] : [],
    var.budget == null ? [] : ["billingbudgets.googleapis.com", "cloudbilling.googleapis.com"],
  ))
}

resource "google_project_service" "api" {
  for_each = local.apis

  project            = var.project
  service            = each.value
  disable_on_destroy = false # others in the project may use it
}
