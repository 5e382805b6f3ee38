mock_provider "google" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  project = "some-project"
  region  = "europe-west1"
  archive = "tests/archive.zip"
  key     = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
}

run "defaults" {
  command = plan

  assert {
    condition     = length(google_cloudfunctions2_function.step) == 5
    error_message = "Four functions and the site's."
  }
}
