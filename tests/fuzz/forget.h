/* SPDX-License-Identifier: MIT */
#pragma once

#include "tests/fuzz/case.h"

/* The invalidation of a step; nothing where the unit or its mode has none such. */
enum status forget(struct stage *stage, const struct step *step);
