variable "sensors" {
  description = "Where in the plant each sensor stands, by its name, with which it connects."
  type        = map(string)
  default = {
    sensor-1 = "boiler"
    sensor-2 = "roof"
  }
}

variable "passwords" {
  description = "The passwords of the sensors and of dashboard, by username."
  type        = map(string)
  sensitive   = true
}

variable "banned" {
  description = "Why a client is banned, by its clientid."
  type        = map(string)
  default = {
    sensor-9 = "reported stolen"
  }
}
