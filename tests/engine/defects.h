/* SPDX-License-Identifier: MIT */
/*
 * The tests tested: the modelled units get each named defect in turn, and the tests must notice. A
 * defect that no test notices is a hole in the tests.
 */
#pragma once

#include "arch/options.h"

/* The topology that shows every defect somewhere, for when the command line names none. */
#define DEFECTS_TOPOLOGY "all,qemu,all-esrtps-ptrs-nwfs-dit+cm+nfr=2+pss=12+lazy"

/*
 * One result for no defect at all (no test may fail), then one for each defect: caught by which
 * tests, the first few of them. Tests are those that the options select.
 */
void defects_run(const struct options *options);
