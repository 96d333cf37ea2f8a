/* SPDX-License-Identifier: MIT */
/*
 * How a call that touches a unit can end. The words that go with a failure (register, mask, last
 * value) are kept in the unit: unit_failure().
 */
#pragma once

enum status {
	STATUS_OK,
	STATUS_TIMEOUT,	    /* hardware did not follow before the deadline */
	STATUS_REFUSED,	    /* hardware answered, and said no */
	STATUS_UNSUPPORTED, /* a capability bit says it cannot */
	STATUS_NO_MEMORY,
	STATUS_ABSENT, /* nothing answers at that address */
};

#define MUST_USE __attribute__((warn_unused_result))
