terraform {
  required_version = ">= 1.11" # write-only arguments

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
  }

  backend "gcs" {
    prefix = "egregora" # the bucket is named at `terraform init`: see the Makefile
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # Calls are counted against this project whoever makes them; budgets refuse a person's credentials without it.
  billing_project       = var.project
  user_project_override = true

  default_labels = local.labels
}

# Read while planning: `make bootstrap` has switched on the API that it needs.
data "google_project" "this" {
  project_id = var.project
}

locals {
  labels = merge({ app = "egregora" }, var.labels)
  number = data.google_project.this.number
}
