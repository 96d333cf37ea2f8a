/* SPDX-License-Identifier: MIT */
/* Where the linker script put vtdcheck.elf. */
#pragma once

#include <stdint.h>

extern const uint8_t image_start[], image_end[];
