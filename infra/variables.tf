variable "project" {
  description = "Id of the Google Cloud project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "This is the id of a project: 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Where everything runs and lies, such as europe-west1. Changing it later means a new deployment."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "This is a region, such as europe-west1; neither a zone nor a multi-region."
  }
}

variable "archive" {
  description = "Path of the zip that `make archive` made."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.archive, ".zip") && fileexists(var.archive)
    error_message = "This is the path of a zip that is there: run make archive, and name what it prints."
  }
}

variable "key" {
  description = "32 random bytes in base64, from which the key for handles is made when there is none yet; `make` passes fresh ones. Neither state nor plan holds it."
  type        = string
  nullable    = false
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.key))
    error_message = "These are 32 bytes in base64: head -c 32 /dev/urandom | base64."
  }
}

variable "labels" {
  description = "Labels for everything that can bear them, beside `app = egregora`."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = alltrue([
      for name, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", name)) && can(regex("^[a-z0-9_-]{0,63}$", value))
    ])
    error_message = "Names and values of labels are of lower-case letters, digits, _ and -, at most 63, names from a letter on."
  }
}

variable "people" {
  description = "Who may do what, each as user:E-MAIL, group:E-MAIL, serviceAccount:E-MAIL or domain:NAME. `uploaders` put exports there and see nothing; `readers` see the private site; `operators` use the command line on all of it."
  type = object({
    uploaders = optional(list(string), [])
    readers   = optional(list(string), [])
    operators = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for member in flatten(values(var.people)) : can(regex("^((user|group|serviceAccount):[^@ ]+@[^@ ]+|domain:[^@: ]+)$", member))
    ])
    error_message = "People are named user:E-MAIL, group:E-MAIL, serviceAccount:E-MAIL or domain:NAME."
  }
}

variable "model" {
  description = "How the model is reached. `access`: vertex (by service account), key (an API key in the secret named `secret`, which you made) or offline (no model). `location` is Vertex AI's: global, or a region where the model is, if texts must stay there."
  type = object({
    access   = optional(string, "vertex")
    location = optional(string, "global")
    secret   = optional(string, "gemini-api-key")
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["vertex", "key", "offline"], var.model.access)
    error_message = "model.access is vertex, key or offline."
  }

  validation {
    condition     = can(regex("^(global|us|eu|[a-z]+-[a-z]+[0-9]{1,2})$", var.model.location))
    error_message = "model.location is global, us, eu or a region."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.model.secret))
    error_message = "model.secret is the name of a secret in this project."
  }
}

variable "windows" {
  description = "How many windows are worked on at once: `instances` of the function with `concurrency` windows each; and how many are begun in a second."
  type = object({
    instances   = optional(number, 5)
    concurrency = optional(number, 4)
    per_second  = optional(number, 5)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for n in [var.windows.instances, var.windows.concurrency] : n >= 1 && floor(n) == n]) && var.windows.concurrency <= 80
    error_message = "windows.instances and windows.concurrency are whole numbers from 1 on, the latter up to 80."
  }

  validation {
    condition     = var.windows.per_second > 0 && var.windows.per_second <= 500
    error_message = "windows.per_second is more than 0 and at most 500."
  }

  validation {
    condition     = var.windows.instances * var.windows.concurrency <= 1000
    error_message = "A queue has at most 1000 windows under way: lower windows.instances or windows.concurrency."
  }
}

variable "memory" {
  description = "Memory of each function, as Kubernetes writes it."
  type = object({
    slice_export   = optional(string, "4Gi")
    process_window = optional(string, "1Gi")
    publish_site   = optional(string, "2Gi")
    reprocess      = optional(string, "1Gi")
    serve_site     = optional(string, "512Mi")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for size in values(var.memory) : can(regex("^(512Mi|[1-9]Gi|1[0-6]Gi)$", size))])
    error_message = "Memory is 512Mi, or 1Gi to 16Gi."
  }
}

variable "schedule" {
  description = "When every window that is not done is enqueued again (`rerun`), and when moreover what nothing refers to is removed (`sweep`), as cron writes it; and by which clock."
  type = object({
    rerun     = optional(string, "17 2 * * *")
    sweep     = optional(string, "47 3 * * *")
    time_zone = optional(string, "Etc/UTC")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for cron in [var.schedule.rerun, var.schedule.sweep] : can(regex("^[0-9*/,A-Za-z-]+( [0-9*/,A-Za-z-]+){4}$", cron))])
    error_message = "A schedule has five fields, such as 17 2 * * *."
  }

  validation {
    condition     = can(regex("^([A-Z][A-Za-z0-9_+-]*/)*[A-Z][A-Za-z0-9_+-]*$", var.schedule.time_zone))
    error_message = "schedule.time_zone is a name such as Europe/Lisbon."
  }
}

variable "buckets" {
  description = "Names of the buckets. By default PROJECT-egregora- and exports, work, site, source."
  type = object({
    exports = optional(string)
    work    = optional(string)
    site    = optional(string)
    source  = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name in values(var.buckets) : name == null || can(regex("^[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]$", name))
    ])
    error_message = "A bucket's name is 3 to 63 lower-case letters, digits, -, _ and dots, with a letter or digit at both ends."
  }

  validation {
    condition     = length(distinct(compact(values(var.buckets)))) == length(compact(values(var.buckets)))
    error_message = "Each bucket has a name of its own."
  }
}

variable "keep" {
  description = "Days: until exports are deleted (`exports`; 0: never), for which what was overwritten there stays (`overwritten`), and for which what was deleted there or in the work bucket can be brought back (`deleted`; 0, or 7 to 90)."
  type = object({
    exports     = optional(number, 0)
    overwritten = optional(number, 30)
    deleted     = optional(number, 7)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for days in [var.keep.exports, var.keep.overwritten] : days >= 0 && floor(days) == days])
    error_message = "keep.exports and keep.overwritten are whole days, 0 or more."
  }

  validation {
    condition     = var.keep.deleted == 0 || (var.keep.deleted >= 7 && var.keep.deleted <= 90 && floor(var.keep.deleted) == var.keep.deleted)
    error_message = "keep.deleted is 0, or 7 to 90 whole days."
  }
}

variable "database" {
  description = "The Firestore database of the journal: only (default) has a free quota. `location` is its own only where Firestore is not in the region."
  type = object({
    name     = optional(string, "(default)")
    location = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^([(]default[)]|[a-z][a-z0-9-]{2,61}[a-z0-9])$", var.database.name))
    error_message = "database.name is (default), or 4 to 63 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = var.database.location == null || can(regex("^(nam5|nam7|eur3|[a-z]+-[a-z]+[0-9]{1,2})$", var.database.location))
    error_message = "database.location is nam5, nam7, eur3 or a region."
  }
}

variable "queue_suffix" {
  description = "Added to the queues' names. The name of a deleted queue is blocked for days: to deploy again before that, change this."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(|-[a-z0-9-]{1,20})$", var.queue_suffix))
    error_message = "This is empty, or a hyphen and up to 20 lower-case letters, digits and hyphens."
  }
}

variable "site_access" {
  description = "private: behind Identity-Aware Proxy, for people.readers. public: the bucket is a website for everybody."
  type        = string
  default     = "private"
  nullable    = false

  validation {
    condition     = contains(["private", "public"], var.site_access)
    error_message = "The site is private or public."
  }
}

variable "site_domain" {
  description = "A domain of yours for a public site, such as chat.example.org: a load balancer with a certificate, which costs by the hour."
  type        = string
  default     = null

  validation {
    condition     = var.site_domain == null || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]{2,}$", var.site_domain))
    error_message = "This is a domain, such as chat.example.org."
  }

  validation {
    condition     = var.site_domain == null || var.site_access == "public"
    error_message = "Only a public site has a domain: a private one lies at the address of its service."
  }
}

variable "alerts" {
  description = "Who is told (`emails`) when windows fail, functions fault, a queue has not been empty for `queue_hours`, or the model's estimated cost in a day exceeds `cost` US dollars. Without e-mails the alerts are still to be seen in the console."
  type = object({
    emails      = optional(list(string), [])
    cost        = optional(number, 10)
    queue_hours = optional(number, 6)
  })
  default  = {}
  nullable = false

  validation {
    condition     = length(var.alerts.emails) <= 5 && alltrue([for email in var.alerts.emails : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", email))])
    error_message = "alerts.emails are up to five e-mail addresses (a budget takes no more)."
  }

  validation {
    condition     = var.alerts.cost > 0
    error_message = "alerts.cost is more than 0."
  }

  validation {
    condition     = var.alerts.queue_hours >= 1 && var.alerts.queue_hours <= 24
    error_message = "alerts.queue_hours lies between 1 and 24."
  }
}

variable "budget" {
  description = "A monthly budget for the project, of which Google writes at half, at 90 % and at all of it; null: none. `currency` is the billing account's."
  type = object({
    billing_account = string
    amount          = number
    currency        = optional(string)
  })
  default = null

  validation {
    condition     = var.budget == null || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account))
    error_message = "budget.billing_account looks like 01ABCD-23EF45-6789AB."
  }

  validation {
    condition     = var.budget == null || try(var.budget.amount >= 1 && floor(var.budget.amount) == var.budget.amount, false)
    error_message = "budget.amount is a whole amount, 1 or more."
  }

  validation {
    condition     = try(var.budget.currency, null) == null || can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "budget.currency is three capital letters, such as EUR."
  }
}

variable "data" {
  description = "kept: buckets that hold anything, the database and the key refuse to be destroyed. deletable: they do not. `make destroy` uses it."
  type        = string
  default     = "kept"
  nullable    = false

  validation {
    condition     = contains(["kept", "deletable"], var.data)
    error_message = "Data is kept or deletable."
  }
}
