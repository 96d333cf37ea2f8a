/* SPDX-License-Identifier: MIT */
/* Registers that keep what is written to them, for who asks more than that of them. */
#pragma once

#include "tests/test.h"

struct writable_register {
	uint32_t offset; /* REG_IOTLB_BLOCK: that of the IOTLB Invalidate Register */
	unsigned int bits;
	uint64_t (*mask)(const struct caps *caps); /* bits that every unit with the register has */
};

/* Only register-based invalidation has these, and it ends with major version 5. */
#define REG_IOTLB_BLOCK UINT32_MAX

/* The register that a test of the suite is about; NULL: none. */
const struct writable_register *register_access_of(const struct test *test);
