/* SPDX-License-Identifier: MIT */
/* The registers that random cases know, between the files about them. */
#pragma once

#include "iommu/unit/unit.h"
#include "tests/fuzz/entry_fields.h"

/* Who may have a register, and what becomes of it. */
enum register_kind {
	PLAIN = 1 << 0,	   /* keeps what is written, as far as a field is there */
	MOVES = 1 << 1,	   /* changes by itself */
	ON_REAL = 1 << 2,  /* the book decides all of its fields on any unit */
	EXACT = 1 << 3,	   /* written on modelled units alone: what comes of it is theirs to say */
	EVENTS = 1 << 4,   /* where a message goes */
	IN_BLOCK = 1 << 5, /* its offset counts from where ECAP.IRO says */
	RARE = 1 << 6,	   /* one of many alike */
	LEADS = 1 << 7, /* to memory of ours: kept, and written by who knows what may stand there */
};

struct named_register {
	const char *name;
	uint32_t offset; /* see register_offset() */
	unsigned int bytes;
	uint64_t needs; /* capabilities */
	unsigned int kind;
};

extern const struct named_register register_list[];
extern const unsigned int register_list_count;

/* Its fields, looked up once: they are asked for at each step. */
const struct register_fields *register_list_fields(const struct named_register *reg);

static inline bool register_is_there(const struct unit *unit, const struct named_register *reg)
{
	return !caps_missing(&unit->caps, reg->needs);
}

static inline uint32_t register_offset(const struct unit *unit, const struct named_register *reg)
{
	return reg->offset + (reg->kind & IN_BLOCK ? caps_iotlb_offset_bytes(&unit->caps) : 0);
}

static inline bool unit_is_modelled(const struct unit *unit)
{
	return unit->source == UNIT_MODEL;
}
