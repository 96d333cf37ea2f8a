/* SPDX-License-Identifier: MIT */
/*
 * PASIDs for tables of a test. Where VCCAP.PAS is set, software must allocate them by virtual commands
 * ("Virtual Command Capability Register"), and a VMM knows no others: so they are had from there, and
 * given back when the tables are gone. Elsewhere any number will do.
 */
#pragma once

#include "tests/test.h"

/* Units that are ill, or that do not take PASIDs back, are skipped or judged as by vcmd_pasids. */
extern const struct fixture lent_pasids;

/*
 * `wanted`, or where a VMM gives PASIDs the first it gives that is not below: never the same twice in a
 * test. 0 with the test skipped or failed.
 */
uint32_t lent_pasid(struct test_run *run, uint32_t wanted);

/* The smallest PDTS whose directory holds a PASID. */
unsigned int lent_pasid_pdts(uint32_t pasid);
