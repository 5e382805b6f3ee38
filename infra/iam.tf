# Who may do what. One account for each step, one for each kind of caller, one for builds; every grant lies on the
# bucket, queue, secret, account or service that it is about, but for what has no policy of its own (below).
# Grants are only ever added, never made the only ones: others in the project keep theirs.

resource "google_service_account" "step" {
  for_each = local.steps

  account_id   = local.names[each.key]
  display_name = "Egregora: ${each.key}"
  description  = "What functions/${each.key}.py runs as"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "caller" {
  for_each = {
    tasks    = "What tasks of both queues are sent as"
    schedule = "What Cloud Scheduler calls reprocess as"
    trigger  = "What Eventarc tells slice_export of uploads as"
  }

  account_id   = "egregora-${each.key}"
  display_name = "Egregora: ${each.key}"
  description  = each.value

  depends_on = [google_project_service.api]
}

resource "google_service_account" "builder" {
  account_id   = "egregora-builder"
  display_name = "Egregora: builder"
  description  = "What Cloud Build builds the functions as"

  depends_on = [google_project_service.api]
}

locals {
  # step/bucket: what it does there. Replacing an object takes the right to delete it.
  on_buckets = {
    "slice_export/exports" = "roles/storage.objectViewer"
    "slice_export/work"    = "roles/storage.objectUser"
    "process_window/work"  = "roles/storage.objectUser"
    "publish_site/work"    = "roles/storage.objectUser"
    "publish_site/site"    = "roles/storage.objectUser"
    "reprocess/work"       = "roles/storage.objectUser"
    "serve_site/site"      = "roles/storage.objectViewer"
  }

  shared = {
    exports = google_storage_bucket.exports.name
    work    = google_storage_bucket.work.name
    site    = google_storage_bucket.site.name
  }

  # Publishing only reads the journal.
  on_journal = {
    slice_export   = "roles/datastore.user"
    process_window = "roles/datastore.user"
    publish_site   = "roles/datastore.viewer"
    reprocess      = "roles/datastore.user"
  }

  # Who adds tasks acts as the account that they are sent as.
  producers = toset(["slice_export", "process_window", "reprocess"])
  queues    = { windows = google_cloud_tasks_queue.windows.name, publish = google_cloud_tasks_queue.publish.name }

  # step: who calls it. Nobody calls serve_site: what is called is the site's own service.
  callers = {
    slice_export   = "trigger"
    process_window = "tasks"
    publish_site   = "tasks"
    reprocess      = "schedule"
  }

  operators = toset(var.people.operators)
}

# Buckets

resource "google_storage_bucket_iam_member" "step" {
  for_each = { for grant, role in local.on_buckets : grant => role if contains(local.steps, split("/", grant)[0]) }

  bucket = local.shared[split("/", each.key)[1]]
  role   = each.value
  member = google_service_account.step[split("/", each.key)[0]].member
}

resource "google_storage_bucket_iam_member" "uploader" {
  for_each = toset(var.people.uploaders)

  bucket = google_storage_bucket.exports.name
  role   = "roles/storage.objectCreator" # neither reads, nor replaces what others put there
  member = each.value
}

resource "google_storage_bucket_iam_member" "operator" {
  for_each = { for pair in setproduct(keys(local.shared), local.operators) : join("/", pair) => pair }

  bucket = local.shared[each.value[0]]
  role   = "roles/storage.objectUser"
  member = each.value[1]
}

# Queues, and the account that tasks are sent as

resource "google_cloud_tasks_queue_iam_member" "producer" {
  for_each = { for pair in setproduct(keys(local.queues), local.producers) : join("/", pair) => pair }

  name     = local.queues[each.value[0]]
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = google_service_account.step[each.value[1]].member
}

resource "google_cloud_tasks_queue_iam_member" "operator" {
  for_each = { for pair in setproduct(keys(local.queues), local.operators) : join("/", pair) => pair }

  name     = local.queues[each.value[0]]
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = each.value[1]
}

resource "google_service_account_iam_member" "producer" {
  for_each = local.producers

  service_account_id = google_service_account.caller["tasks"].name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.step[each.key].member
}

resource "google_service_account_iam_member" "operator" {
  for_each = local.operators

  service_account_id = google_service_account.caller["tasks"].name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

# Secrets

resource "google_secret_manager_secret_iam_member" "step" {
  for_each = merge(
    { slice_export = google_secret_manager_secret.key.secret_id },
    var.model.access == "key" ? { process_window = var.model.secret } : {},
  )

  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.step[each.key].member
}

resource "google_secret_manager_secret_iam_member" "operator" {
  for_each = local.operators

  secret_id = google_secret_manager_secret.key.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value
}

# Callers: the right lies on the Cloud Run service behind each function, not on the function

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = local.callers

  name     = google_cloudfunctions2_function.step[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.caller[each.value].member
}

# Builds

resource "google_artifact_registry_repository_iam_member" "builder" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.builder.member
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.builder.member
}

# A grant takes a minute to hold everywhere, and a build or trigger that begins sooner fails. So the first apply waits.
resource "terraform_data" "settled" {
  triggers_replace = google_service_account.builder.id

  provisioner "local-exec" {
    command = "sleep 60"
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.builder,
    google_storage_bucket_iam_member.builder,
    google_project_iam_member.builder,
    google_project_iam_member.builder_sources,
    google_project_iam_member.storage_agent,
    google_project_iam_member.trigger,
    google_secret_manager_secret_iam_member.step,
  ]
}

# On the project, for want of a policy further down

# Firestore's databases have none; a condition keeps each grant to ours.
resource "google_project_iam_member" "journal" {
  for_each = merge(
    { for step, role in local.on_journal : step => { role = role, member = google_service_account.step[step].member } },
    { for member in local.operators : member => { role = "roles/datastore.user", member = member } },
  )

  project = var.project
  role    = each.value.role
  member  = each.value.member

  condition {
    title      = "egregora-journal"
    expression = "resource.name == \"projects/${var.project}/databases/${google_firestore_database.journal.name}\""
  }
}

# Google's models have none; the one right that asking them takes is less than any role of Google's.
resource "google_project_iam_custom_role" "model" {
  count = var.model.access == "vertex" ? 1 : 0

  role_id     = "egregoraModel"
  title       = "Egregora: ask a model"
  description = "Send requests to Google's models on Vertex AI, and have their tokens counted"
  permissions = ["aiplatform.endpoints.predict"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "model" {
  count = var.model.access == "vertex" ? 1 : 0

  project = var.project
  role    = google_project_iam_custom_role.model[0].name
  member  = google_service_account.step["process_window"].member
}

# Eventarc's role to receive is only known to the project.
resource "google_project_iam_member" "trigger" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.caller["trigger"].member
}

# The topic that Cloud Storage tells of uploads is Eventarc's, under a name that nobody knows before.
resource "google_project_iam_member" "storage_agent" {
  project = var.project
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member
}

# Asking for this agent also makes it, where the project has never used Cloud Storage.
data "google_storage_project_service_account" "agent" {
  project = var.project

  depends_on = [google_project_service.api]
}

# The logs of builds.
resource "google_project_iam_member" "builder" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.builder.member
}

# Cloud Functions builds from a copy of the archive, in a bucket that it makes with the first function.
resource "google_project_iam_member" "builder_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.builder.member

  condition {
    title      = "egregora-sources"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${local.number}-${var.region}\")"
  }
}
