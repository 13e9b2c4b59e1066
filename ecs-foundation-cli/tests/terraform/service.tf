# A task definition, services and a task set on a foundation, and a pull-through cache rule, which `cargo xtask clients` creates, changes and destroys on `mock serve`.

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

variable "image" {
  type    = string
  default = "public.ecr.aws/nginx/nginx:1"
}

variable "desired_count" {
  type    = number
  default = 2
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {
    ecr  = var.endpoint
    ecs  = var.endpoint
    iam  = var.endpoint
    logs = var.endpoint
    sts  = var.endpoint
  }
}

resource "aws_ecs_cluster" "main" { name = "shop" }
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
    # Modules often pass an empty list for one kind of principal.
    principals {
      type        = "AWS"
      identifiers = []
    }
  }
}
resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_cloudwatch_log_group" "app" { name = "/ecs/shop" }
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions = jsonencode([{
    name             = "web", image = var.image, essential = true
    portMappings     = [{ containerPort = 80, protocol = "tcp" }]
    environment      = [{ name = "MODE", value = "prod" }]
    logConfiguration = { logDriver = "awslogs", options = { awslogs-group = aws_cloudwatch_log_group.app.name, awslogs-region = "eu-west-1", awslogs-stream-prefix = "web" } }
  }])
  tags = { Name = "app" }
}
resource "aws_ecs_service" "app" {
  name                  = "web"
  cluster               = aws_ecs_cluster.main.id
  task_definition       = aws_ecs_task_definition.app.arn
  desired_count         = var.desired_count
  launch_type           = "FARGATE"
  wait_for_steady_state = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration { subnets = ["subnet-0123456789abcdef0"] }
  tags       = { Name = "web" }
  depends_on = [aws_iam_role_policy_attachment.execution]
}
resource "aws_ecs_service" "external" {
  name          = "external"
  cluster       = aws_ecs_cluster.main.id
  desired_count = var.desired_count
  deployment_controller { type = "EXTERNAL" }
}
resource "aws_ecs_task_set" "blue" {
  service           = aws_ecs_service.external.id
  cluster           = aws_ecs_cluster.main.id
  task_definition   = aws_ecs_task_definition.app.arn
  launch_type       = "FARGATE"
  wait_until_stable = true
  force_delete      = true
  network_configuration { subnets = ["subnet-0123456789abcdef0"] }
  scale { value = 50 }
  tags       = { Name = "blue" }
  depends_on = [aws_iam_role_policy_attachment.execution]
}
resource "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = "public"
  upstream_registry_url = "public.ecr.aws"
}
