/* SPDX-License-Identifier: MIT */
#pragma once

#include "tests/fuzz/act.h"

/*
 * Adds to a modelled unit's tables, before anything was cached: rights of devices to ask, flags of PASID table entries, a
 * second PASID. False: no memory.
 */
bool scenery_add(const struct theatre *theatre);

/* A PASID that differs from the scene's in one bit, high where there are many, and has tables of its own; 0: none. */
uint32_t scenery_twin(const struct stage *stage);
