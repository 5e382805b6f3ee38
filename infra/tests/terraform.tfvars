# What every run is told where it does not say otherwise.

project = "some-project"
region  = "europe-west1"
archive = "tests/archive.zip"
key     = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
