#pragma once
#include <mosquitto.h>

// Not in Swift's Glibc module.
#include <sys/eventfd.h>
