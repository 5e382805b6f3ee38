#!/bin/sh
# A step of cloudbuild.yaml: "plan" writes build.tfplan and, to be read, build.txt; "apply" applies that where APPLY=yes.
set -eu
: "${PROJECT:?}" "${REGION:?name the region: --substitutions _REGION=europe-west1}"
export TF_IN_AUTOMATION=1 TF_INPUT=0
TF_VAR_key=$(head -c 32 /dev/urandom | base64) # the plan does not hold it; it is used where there is no key yet
TF_VAR_project=$PROJECT TF_VAR_region=$REGION TF_VAR_archive=$(cat archive.path)
export TF_VAR_key TF_VAR_project TF_VAR_region TF_VAR_archive
cd infra

case $1 in
plan)
  terraform init -backend-config="bucket=$PROJECT-egregora-state"
  variables=""
  [ ! -f "$PROJECT.tfvars" ] || variables="-var-file=$PROJECT.tfvars"
  terraform plan $variables -out=build.tfplan
  terraform show -no-color build.tfplan >build.txt
  ;;
apply)
  [ "$APPLY" = yes ] || { echo "Not applied: the build was not told _APPLY=yes."; exit 0; }
  terraform apply build.tfplan
  ;;
esac
