# A user with credentials of every kind and a server certificate, which `cargo xtask clients` creates and destroys on `mock serve`.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "keys" {
  type        = string
  description = "Directory with keys and certificates"
}

variable "status" {
  type    = string
  default = "Active"
}

variable "tags" {
  type    = map(string)
  default = {}
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    iam = var.endpoint
    sts = var.endpoint
  }
}

resource "aws_iam_user" "ada" {
  name          = "ada"
  force_destroy = true
}
resource "aws_iam_user_login_profile" "ada" {
  user = aws_iam_user.ada.name
}
resource "aws_iam_access_key" "ada" {
  user   = aws_iam_user.ada.name
  status = var.status
}
resource "aws_iam_user_ssh_key" "ssh" {
  username   = aws_iam_user.ada.name
  encoding   = "SSH"
  public_key = trimspace(file("${var.keys}/rsa.pub"))
  status     = var.status
}
resource "aws_iam_signing_certificate" "ada" {
  user_name        = aws_iam_user.ada.name
  certificate_body = file("${var.keys}/other.crt")
  status           = var.status
}
resource "aws_iam_service_specific_credential" "ada" {
  user_name    = aws_iam_user.ada.name
  service_name = "codecommit.amazonaws.com"
  status       = var.status
}
resource "aws_iam_server_certificate" "web" {
  name              = "web"
  path              = "/cloudfront/"
  certificate_body  = file("${var.keys}/ec.crt")
  certificate_chain = file("${var.keys}/ca.crt")
  private_key       = file("${var.keys}/ec.key")
  tags              = var.tags
}
resource "aws_iam_virtual_mfa_device" "phone" {
  virtual_mfa_device_name = "phone"
  path                    = "/ops/"
  tags                    = var.tags
}
