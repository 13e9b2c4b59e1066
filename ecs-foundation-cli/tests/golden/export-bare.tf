# The foundation shop-dev in account 123456789012, region us-east-1, by ecs-foundation export terraform.
# The import blocks take over what is there. Once they are applied, they can go.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["123456789012"]
}

import {
  to = aws_ecs_cluster.main
  id = "shop-dev-cluster"
}

resource "aws_ecs_cluster" "main" {
  name = "shop-dev-cluster"
  tags = {
    Name = "shop-dev-cluster"
  }

  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

import {
  to = aws_ecs_cluster_capacity_providers.main
  id = "shop-dev-cluster"
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = []
}

import {
  to = aws_iam_role.ecs_execution_role
  id = "shop-dev-ecs-execution-role"
}

resource "aws_iam_role" "ecs_execution_role" {
  name                 = "shop-dev-ecs-execution-role"
  path                 = "/"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name = "shop-dev-ecs-execution-role"
  }
}

import {
  to = aws_iam_role_policy_attachment.ecs_execution_role_policy
  id = "shop-dev-ecs-execution-role/arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy_attachment" "ecs_execution_role_policy" {
  role       = aws_iam_role.ecs_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

import {
  to = aws_iam_role_policies_exclusive.ecs_execution_role
  id = "shop-dev-ecs-execution-role"
}

resource "aws_iam_role_policies_exclusive" "ecs_execution_role" {
  role_name    = aws_iam_role.ecs_execution_role.name
  policy_names = []
}

import {
  to = aws_iam_role_policy_attachments_exclusive.ecs_execution_role
  id = "shop-dev-ecs-execution-role"
}

resource "aws_iam_role_policy_attachments_exclusive" "ecs_execution_role" {
  role_name   = aws_iam_role.ecs_execution_role.name
  policy_arns = [aws_iam_role_policy_attachment.ecs_execution_role_policy.policy_arn]
}

import {
  to = aws_iam_role.ecs_task_role
  id = "shop-dev-ecs-task-role"
}

resource "aws_iam_role" "ecs_task_role" {
  name                 = "shop-dev-ecs-task-role"
  path                 = "/"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
      },
    ]
  })
  tags = {
    Name = "shop-dev-ecs-task-role"
  }
}

import {
  to = aws_iam_role_policies_exclusive.ecs_task_role
  id = "shop-dev-ecs-task-role"
}

resource "aws_iam_role_policies_exclusive" "ecs_task_role" {
  role_name    = aws_iam_role.ecs_task_role.name
  policy_names = []
}

import {
  to = aws_iam_role_policy_attachments_exclusive.ecs_task_role
  id = "shop-dev-ecs-task-role"
}

resource "aws_iam_role_policy_attachments_exclusive" "ecs_task_role" {
  role_name   = aws_iam_role.ecs_task_role.name
  policy_arns = []
}

import {
  to = aws_ecr_repository.app
  id = "shop-dev-app"
}

resource "aws_ecr_repository" "app" {
  name                 = "shop-dev-app"
  image_tag_mutability = "MUTABLE"
  force_delete         = false
  tags = {
    Name = "shop-dev-app-repo"
  }

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS_DSSE"
  }
}

import {
  to = aws_ecr_repository_policy.app
  id = "shop-dev-app"
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "AllowPull"
        Effect = "Allow"
        Principal = {
          AWS = aws_iam_role.ecs_execution_role.arn
        }
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:GetDownloadUrlForLayer",
        ]
      },
    ]
  })
}

import {
  to = aws_cloudwatch_log_group.ecs
  id = "/ecs/shop-dev"
}

resource "aws_cloudwatch_log_group" "ecs" {
  name              = "/ecs/shop-dev"
  retention_in_days = 0
  log_group_class   = "STANDARD"
  skip_destroy      = false
  tags = {
    Environment = "dev"
    Name        = "shop-dev-ecs-logs"
  }
}

output "ecs_cluster_id" {
  value = aws_ecs_cluster.main.id
}

output "ecs_cluster_arn" {
  value = aws_ecs_cluster.main.arn
}

output "ecs_execution_role_arn" {
  value = aws_iam_role.ecs_execution_role.arn
}

output "ecs_task_role_arn" {
  value = aws_iam_role.ecs_task_role.arn
}

output "ecr_repository_url" {
  value = aws_ecr_repository.app.repository_url
}

output "ecr_repository_arn" {
  value = aws_ecr_repository.app.arn
}

output "cloudwatch_log_group_name" {
  value = aws_cloudwatch_log_group.ecs.name
}

output "cloudwatch_log_group_arn" {
  value = aws_cloudwatch_log_group.ecs.arn
}
