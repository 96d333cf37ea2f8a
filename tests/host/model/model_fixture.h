/* SPDX-License-Identifier: MIT */
/* What every group of model tests starts from: one machine, and the words they share. */
#pragma once

#include "tests/host/model/model_host.h"

#define B(n)	(UINT64_C(1) << (n))
#define NEXT	(IOVA + 0x1000)		     /* the neighbour page, same tables */
#define NOWHERE UINT64_C(0x70000000)	     /* an address without memory */
#define POINTER UINT64_C(0x000FFFFFFFFFF000) /* the address in an entry */

/* Granularities of an invalidation. */
enum { GLOBAL = 1, DOMAIN = 2, SPECIFIC = 3 };

extern struct machine m;

/* A fresh machine with this unit. */
void start(struct model_config config);
/* For cmocka: a fresh machine whose unit has everything. */
int setup(void **state);
/* Everything but ESRTPS: SRTP keeps the caches, so that only invalidations empty them. */
struct model_config keeping(void);
