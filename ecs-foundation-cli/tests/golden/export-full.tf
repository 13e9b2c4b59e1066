# The foundation shop-live in account 123456789012, region us-east-1, by ecs-foundation export terraform.
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
  id = "shop"
}

resource "aws_ecs_cluster" "main" {
  name = "shop"
  tags = {
    Name          = "shop"
    "cost:center" = "47 11"
    "for"         = "everyone@example.com"
    team          = "platform"
    tier          = "compute"
  }

  setting {
    name  = "containerInsights"
    value = "enhanced"
  }
}

import {
  to = aws_ecs_cluster_capacity_providers.main
  id = "shop"
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 2
    weight            = 1
  }

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    base              = 0
    weight            = 300
  }
}

import {
  to = aws_iam_role.ecs_execution_role
  id = "shop-execution"
}

resource "aws_iam_role" "ecs_execution_role" {
  name                 = "shop-execution"
  path                 = "/ecs/execution/"
  description          = "Pulls $${images}, \"quoted\", 100%%{sure}, \u0024\u0024{both} and a back\\slash"
  max_session_duration = 7200
  permissions_boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]
        }
        Action = "sts:AssumeRole"
        Condition = {
          ArnLike = {
            "aws:SourceArn" = [
              "arn:aws:ecs:us-east-1:123456789012:*",
              "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
            ]
          }
          StringEquals = {
            "aws:SourceAccount" = "123456789012"
          }
        }
      },
    ]
  })
  tags = {
    Name          = "shop-execution"
    "cost:center" = "47 11"
    "for"         = "everyone@example.com"
    team          = "platform"
    tier          = "platform"
  }
}

import {
  to = aws_iam_role_policy_attachment.ecs_execution_role_policy
  id = "shop-execution/arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}

resource "aws_iam_role_policy_attachment" "ecs_execution_role_policy" {
  role       = aws_iam_role.ecs_execution_role.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
}

import {
  to = aws_iam_role_policy_attachment.ecs_execution_role_additional["arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"]
  id = "shop-execution/arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"
}

import {
  to = aws_iam_role_policy_attachment.ecs_execution_role_additional["arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"]
  id = "shop-execution/arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"
}

resource "aws_iam_role_policy_attachment" "ecs_execution_role_additional" {
  for_each = toset([
    "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess",
    "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
  ])

  role       = aws_iam_role.ecs_execution_role.name
  policy_arn = each.value
}

import {
  to = aws_iam_role_policy.ecs_execution_role_policy
  id = "shop-execution:shop-execution-more"
}

resource "aws_iam_role_policy" "ecs_execution_role_policy" {
  name = "shop-execution-more"
  role = aws_iam_role.ecs_execution_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
        Resource = "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-*"
      },
    ]
  })
}

import {
  to = aws_iam_role_policies_exclusive.ecs_execution_role
  id = "shop-execution"
}

resource "aws_iam_role_policies_exclusive" "ecs_execution_role" {
  role_name    = aws_iam_role.ecs_execution_role.name
  policy_names = [aws_iam_role_policy.ecs_execution_role_policy.name]
}

import {
  to = aws_iam_role_policy_attachments_exclusive.ecs_execution_role
  id = "shop-execution"
}

resource "aws_iam_role_policy_attachments_exclusive" "ecs_execution_role" {
  role_name = aws_iam_role.ecs_execution_role.name
  policy_arns = [
    aws_iam_role_policy_attachment.ecs_execution_role_policy.policy_arn,
    aws_iam_role_policy_attachment.ecs_execution_role_additional["arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"].policy_arn,
    aws_iam_role_policy_attachment.ecs_execution_role_additional["arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"].policy_arn,
  ]
}

import {
  to = aws_iam_role.ecs_task_role
  id = "shop-task"
}

resource "aws_iam_role" "ecs_task_role" {
  name                 = "shop-task"
  path                 = "/ecs/task/"
  description          = "What the containers may do"
  max_session_duration = 43200
  permissions_boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "123456789012"
          }
        }
      },
    ]
  })
  tags = {
    Name          = "shop-task"
    "cost:center" = "47 11"
    "for"         = "everyone@example.com"
    team          = "platform"
    tier          = "application"
  }
}

import {
  to = aws_iam_role_policy_attachment.ecs_task_role_additional["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]
  id = "shop-task/arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"
}

resource "aws_iam_role_policy_attachment" "ecs_task_role_additional" {
  for_each = toset(["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"])

  role       = aws_iam_role.ecs_task_role.name
  policy_arn = each.value
}

import {
  to = aws_iam_role_policy.ecs_task_role_policy
  id = "shop-task:shop-task-own"
}

resource "aws_iam_role_policy" "ecs_task_role_policy" {
  name = "shop-task-own"
  role = aws_iam_role.ecs_task_role.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "logs:PutLogEvents"
        Resource = "${aws_cloudwatch_log_group.ecs.arn}:*"
      },
      {
        Sid      = "OwnHome"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "arn:aws:s3:::shop-home/$${aws:PrincipalTag/team}/*"
        Condition = {
          Bool = {
            "aws:SecureTransport" = "true"
          }
          StringEquals = {
            "aws:ResourceAccount" = "123456789012"
          }
        }
      },
      {
        Sid    = "OwnResources"
        Effect = "Allow"
        Action = ["ecr:BatchGetImage", "ecs:DescribeClusters", "iam:PassRole"]
        Resource = [
          aws_ecr_repository.app.arn,
          aws_ecs_cluster.main.arn,
          aws_iam_role.ecs_execution_role.arn,
        ]
      },
      {
        Effect      = "Deny"
        NotAction   = ["dynamodb:*", "ecr:*", "ecs:*", "iam:PassRole", "logs:*", "s3:*"]
        NotResource = "arn:aws:s3:::shop-public/*"
      },
    ]
  })
}

import {
  to = aws_iam_role_policies_exclusive.ecs_task_role
  id = "shop-task"
}

resource "aws_iam_role_policies_exclusive" "ecs_task_role" {
  role_name    = aws_iam_role.ecs_task_role.name
  policy_names = [aws_iam_role_policy.ecs_task_role_policy.name]
}

import {
  to = aws_iam_role_policy_attachments_exclusive.ecs_task_role
  id = "shop-task"
}

resource "aws_iam_role_policy_attachments_exclusive" "ecs_task_role" {
  role_name = aws_iam_role.ecs_task_role.name
  policy_arns = [
    aws_iam_role_policy_attachment.ecs_task_role_additional["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"].policy_arn,
  ]
}

import {
  to = aws_ecr_repository.app
  id = "shop/app"
}

resource "aws_ecr_repository" "app" {
  name                 = "shop/app"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = false
  tags = {
    Name          = "shop/app-repo"
    "cost:center" = "47 11"
    "for"         = "everyone@example.com"
    team          = "platform"
    tier          = "images"
  }

  image_scanning_configuration {
    scan_on_push = false
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  }
}

import {
  to = aws_ecr_repository_policy.app
  id = "shop/app"
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "AllowShopToPull"
        Effect = "Allow"
        Principal = {
          AWS = ["210987654321", aws_iam_role.ecs_execution_role.arn]
        }
        Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      },
    ]
  })
}

import {
  to = aws_ecr_lifecycle_policy.app
  id = "shop/app"
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "keep the last 20 \"images\" of $${team}"
        selection = {
          tagStatus   = "any"
          countType   = "imageCountMoreThan"
          countNumber = 20
        }
        action = {
          type = "expire"
        }
      },
    ]
  })
}

import {
  to = aws_cloudwatch_log_group.ecs
  id = "/shop/live"
}

resource "aws_cloudwatch_log_group" "ecs" {
  name              = "/shop/live"
  retention_in_days = 365
  log_group_class   = "INFREQUENT_ACCESS"
  kms_key_id        = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  skip_destroy      = true
  tags = {
    Environment   = "live"
    Name          = "shop-live-ecs-logs"
    "cost:center" = "47 11"
    "for"         = "everyone@example.com"
    team          = "platform"
    tier          = "logs"
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
