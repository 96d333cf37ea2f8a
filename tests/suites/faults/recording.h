/* SPDX-License-Identifier: MIT */
/* What tests of fault records share. */
#pragma once

#include "tests/test.h"

/* The test's scene, in which every DMA of the agent faults: its context entry is gone. */
bool recording_open(struct test_run *run);

/* Frees one record by its F bit. */
void recording_free(struct unit *unit, unsigned int index);
