/* SPDX-License-Identifier: MIT */
/* cmocka, with the headers it wants before itself. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka 2 has one for each sign and warns of the one that cmocka 1 has. */
#ifndef assert_int_in_range
#define assert_int_in_range assert_in_range
#endif
