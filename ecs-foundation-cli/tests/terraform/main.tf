terraform {
  required_version = "~> 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

variable "endpoint" { type = string }
variable "region" {
  type    = string
  default = "us-east-1"
}
variable "project_name" {
  type    = string
  default = "demo"
}
variable "environment" {
  type    = string
  default = "dev"
}
variable "container_insights" {
  type    = string
  default = "enabled"
}
variable "retention_in_days" {
  type    = number
  default = 14
}
variable "image_tag_mutability" {
  type    = string
  default = "MUTABLE"
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "trusted_account" {
  type    = string
  default = null
}

locals {
  base = "${var.project_name}-${var.environment}"
}

provider "aws" {
  region                      = var.region
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  default_tags { tags = var.tags }
  endpoints {
    ecs  = var.endpoint
    iam  = var.endpoint
    ecr  = var.endpoint
    logs = var.endpoint
    sts  = var.endpoint
  }
}

resource "aws_ecs_cluster" "main" {
  name = "${local.base}-cluster"
  setting {
    name  = "containerInsights"
    value = var.container_insights
  }
  tags = { Name = "${local.base}-cluster" }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 100
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    dynamic "condition" {
      for_each = var.trusted_account[*]
      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "ecs_execution_role" {
  name               = "${local.base}-ecs-execution-role"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = { Name = "${local.base}-ecs-execution-role" }
}

resource "aws_iam_role_policy_attachment" "ecs_execution_role_policy" {
  role       = aws_iam_role.ecs_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role" "ecs_task_role" {
  name               = "${local.base}-ecs-task-role"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = { Name = "${local.base}-ecs-task-role" }
}

resource "aws_iam_role_policy" "ecs_task_role_policy" {
  name = "${local.base}-ecs-task-policy"
  role = aws_iam_role.ecs_task_role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.ecs.arn}:*"
    }]
  })
}

resource "aws_ecr_repository" "app" {
  name                 = "${local.base}-app"
  image_tag_mutability = var.image_tag_mutability
  force_delete         = true
  image_scanning_configuration { scan_on_push = true }
  tags = { Name = "${local.base}-app-repo" }
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AllowPull"
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.ecs_execution_role.arn }
      Action = [
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "ecr:BatchCheckLayerAvailability",
      ]
    }]
  })
}

resource "aws_cloudwatch_log_group" "ecs" {
  name              = "/ecs/${local.base}"
  retention_in_days = var.retention_in_days
  tags = {
    Name        = "${local.base}-ecs-logs"
    Environment = var.environment
  }
}

output "ecs_cluster_id" { value = aws_ecs_cluster.main.id }
output "ecs_cluster_arn" { value = aws_ecs_cluster.main.arn }
output "ecs_execution_role_arn" { value = aws_iam_role.ecs_execution_role.arn }
output "ecs_task_role_arn" { value = aws_iam_role.ecs_task_role.arn }
output "ecr_repository_url" { value = aws_ecr_repository.app.repository_url }
output "ecr_repository_arn" { value = aws_ecr_repository.app.arn }
output "cloudwatch_log_group_name" { value = aws_cloudwatch_log_group.ecs.name }
output "cloudwatch_log_group_arn" { value = aws_cloudwatch_log_group.ecs.arn }
