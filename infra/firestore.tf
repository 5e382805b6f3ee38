# The journal. Its indexes are those that the journal's own file names, in the form of Firebase's tools.
locals {
  journal = jsondecode(file("${path.module}/../shared/egregora/journal/indexes.json"))
}

resource "google_firestore_database" "journal" {
  name                        = var.database.name
  location_id                 = coalesce(var.database.location, var.region)
  type                        = "FIRESTORE_NATIVE"
  app_engine_integration_mode = "DISABLED"
  delete_protection_state     = var.data == "kept" ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy             = var.data == "kept" ? "ABANDON" : "DELETE"

  depends_on = [google_project_service.api]
}

resource "google_firestore_index" "journal" {
  for_each = { for index in local.journal.indexes : join(",", index.fields[*].fieldPath) => index }

  database    = google_firestore_database.journal.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields

    content {
      field_path = fields.value.fieldPath
      order      = fields.value.order
    }
  }
}

# `*` takes the index from every field; then each that is asked for gets its own, and `expires` is the time to live.
resource "google_firestore_field" "journal" {
  for_each = { for field in local.journal.fieldOverrides : field.fieldPath => field }

  database   = google_firestore_database.journal.name
  collection = each.value.collectionGroup
  field      = each.key

  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes

      content {
        order       = indexes.value.order
        query_scope = indexes.value.queryScope
      }
    }
  }

  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []

    content {}
  }
}
