# What the functions log (egregora.logs: one JSON object a line) as metrics, and what somebody should be told of.
# The alerts are asked in PromQL without looking whether a metric is there: a new one takes minutes to be known.

locals {
  lines = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^egregora-\""
  ended = "jsonPayload.message=(\"window done\" OR \"window split\" OR \"window blocked\" OR \"window failed\")"

  metrics = {
    windows = {
      does   = "Windows whose work ended, by how"
      unit   = "1"
      filter = local.ended
      labels = { outcome = "REGEXP_EXTRACT(jsonPayload.message, \"^window ([a-z]+)$\")" }
    }
    cost = {
      does   = "Estimated US dollars that each window cost in all its attempts"
      unit   = "{USD}"
      filter = "${local.ended} AND jsonPayload.cost>0"
      value  = "EXTRACT(jsonPayload.cost)"
    }
    refused = {
      does   = "Uploads that no reader understands, and tasks that are none"
      unit   = "1"
      filter = "jsonPayload.message=\"refused\""
      labels = { kind = "EXTRACT(jsonPayload.kind)" }
    }
    faults = {
      does   = "Faults of Egregora's own, settings that must be mended, pages that cannot be served"
      unit   = "1"
      filter = "jsonPayload.message=(\"a fault in egregora itself\" OR \"the deployment has to be mended\" OR \"a page could not be served\")"
      labels = { message = "EXTRACT(jsonPayload.message)" }
    }
  }

  logged = "logging_googleapis_com:user_egregora"
  alerts = {
    windows = {
      title    = "windows failed or were refused by the model"
      severity = "WARNING"
      query    = "sum by (outcome) (increase(${local.logged}_windows{monitored_resource=\"cloud_run_revision\",outcome=~\"failed|blocked\"}[1h])) > 0"
      todo     = "`egregora status --project ${var.project}` lists them and why; `egregora reprocess --retry` gives them another go."
    }
    faults = {
      title    = "a function fails"
      severity = "ERROR"
      query    = "sum by (message) (increase(${local.logged}_faults{monitored_resource=\"cloud_run_revision\"}[15m])) > 0"
      todo     = "The log line says where (`error`, `at`) or which setting (`reason`). Calls are repeated until it is mended; nothing is lost meanwhile."
    }
    queue = {
      title    = "a queue has not been empty for ${var.alerts.queue_hours} h"
      severity = "WARNING"
      query    = "min by (queue_id) (min_over_time(cloudtasks_googleapis_com:queue_depth{monitored_resource=\"cloud_tasks_queue\",queue_id=~\"(.*/)?(${google_cloud_tasks_queue.windows.name}|${google_cloud_tasks_queue.publish.name})\"}[${var.alerts.queue_hours}h])) > 0"
      todo     = "A long first upload is no fault. Else look for warnings in the log of process_window or publish_site, and whether the queue is paused."
    }
    cost = {
      title    = "the model's estimated cost in a day exceeds ${var.alerts.cost} US dollars"
      severity = "WARNING"
      query    = "sum(increase(${local.logged}_cost_sum{monitored_resource=\"cloud_run_revision\"}[24h])) > ${var.alerts.cost}"
      todo     = "To stop: `gcloud tasks queues pause ${google_cloud_tasks_queue.windows.name} --location ${var.region} --project ${var.project}`. Then lower run.budget_cost in the settings."
    }
  }
}

resource "google_logging_metric" "log" {
  for_each = local.metrics

  name             = "egregora_${each.key}"
  description      = each.value.does
  filter           = "${local.lines} AND ${each.value.filter}"
  value_extractor  = try(each.value.value, null)
  label_extractors = try(each.value.labels, null)

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = can(each.value.value) ? "DISTRIBUTION" : "INT64"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = try(each.value.labels, {})

      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alerts.emails)

  display_name = "Egregora: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  user_labels  = local.labels

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.alerts

  display_name          = "Egregora: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.name]
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true
    }
  }

  documentation {
    content = each.value.todo
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.log]
}

resource "google_billing_budget" "month" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "Egregora: ${var.project}"

  budget_filter {
    projects = ["projects/${local.number}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.amount)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  # Beside the billing account's administrators, whom Google tells anyway.
  dynamic "all_updates_rule" {
    for_each = length(var.alerts.emails) > 0 ? [true] : []

    content {
      monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.name]
    }
  }

  depends_on = [google_project_service.api]
}
