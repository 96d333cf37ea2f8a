/* SPDX-License-Identifier: MIT */
#include "arch/version.h"

const char version_text[] = VERSION;
