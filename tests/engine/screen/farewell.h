/* SPDX-License-Identifier: MIT */
/* What a screen shows after the run, until whoever sits there has seen enough. */
#pragma once

#include "arch/boot_info.h"
#include "arch/options.h"

/* From here on the run ends with the last page. `options` are looked at then. */
void farewell_prepare(const struct boot_info *boot, const struct options *options);
