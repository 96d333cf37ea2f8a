/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/registers.h"

#include "arch/time.h"
#include "tests/engine/platform.h"
#include "tests/fuzz/entry_fields.h"

/* Who may have a register, and what becomes of it. */
enum kind {
	PLAIN = 1 << 0,	  /* keeps what is written, as far as a field is there */
	MOVES = 1 << 1,	  /* changes by itself */
	ON_REAL = 1 << 2, /* the book decides all of its fields on any unit */
	EXACT = 1 << 3,	  /* written on modelled units alone: what comes of it is theirs to say */
	EVENTS = 1 << 4,  /* where a message goes */
};

struct named_register {
	const char *name;
	uint32_t offset;
	unsigned int bytes;
	uint64_t needs; /* capabilities */
	unsigned int kind;
};

static const struct named_register registers[] = {
	{ "GSTS", REG_GSTS, 4, 0, MOVES | ON_REAL },
	{ "RTADDR", REG_RTADDR, 8, 0, PLAIN | ON_REAL },
	{ "CCMD", REG_CCMD, 8, 0, EXACT | PLAIN },
	{ "FSTS", REG_FSTS, 4, 0, MOVES | ON_REAL },
	{ "FECTL", REG_FECTL, 4, 0, MOVES | PLAIN | ON_REAL },
	{ "FEDATA", REG_FEDATA, 4, 0, PLAIN | EVENTS | ON_REAL },
	{ "FEADDR", REG_FEADDR, 4, 0, PLAIN | EVENTS | ON_REAL },
	{ "FEUADDR", REG_FEUADDR, 4, NEED(EIM), PLAIN | EVENTS | ON_REAL },
	{ "PMEN", REG_PMEN, 4, 0, EXACT | PLAIN },
	{ "PLMBASE", REG_PLMBASE, 4, NEED(PLMR), EXACT | PLAIN },
	{ "PLMLIMIT", REG_PLMLIMIT, 4, NEED(PLMR), EXACT | PLAIN },
	{ "PHMBASE", REG_PHMBASE, 8, NEED(PHMR), EXACT | PLAIN },
	{ "PHMLIMIT", REG_PHMLIMIT, 8, NEED(PHMR), EXACT | PLAIN },
	{ "IQH", REG_IQH, 8, NEED(QI), MOVES | ON_REAL },
	{ "IQT", REG_IQT, 8, NEED(QI), MOVES | ON_REAL },
	{ "IQA", REG_IQA, 8, NEED(QI), 0 },
	{ "ICS", REG_ICS, 4, NEED(QI), MOVES | ON_REAL },
	{ "IECTL", REG_IECTL, 4, NEED(QI), MOVES | PLAIN | ON_REAL },
	{ "IEDATA", REG_IEDATA, 4, NEED(QI), PLAIN | EVENTS | ON_REAL },
	{ "IEADDR", REG_IEADDR, 4, NEED(QI), PLAIN | EVENTS | ON_REAL },
	{ "IEUADDR", REG_IEUADDR, 4, NEED(QI) | NEED(EIM), PLAIN | EVENTS | ON_REAL },
	{ "IQERCD", REG_IQERCD, 8, NEED(QI), MOVES },
	{ "IRTA", REG_IRTA, 8, NEED(IR), PLAIN | ON_REAL },
	{ "PQH", REG_PQH, 8, NEED(PRS), EXACT | PLAIN },
	{ "PQT", REG_PQT, 8, NEED(PRS), MOVES },
	{ "PRS", REG_PRS, 4, NEED(PRS), MOVES | EXACT },
	{ "PECTL", REG_PECTL, 4, NEED(PRS), MOVES | PLAIN | EXACT },
	{ "PEDATA", REG_PEDATA, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEADDR", REG_PEADDR, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEUADDR", REG_PEUADDR, 4, NEED(PRS) | NEED(EIM), PLAIN | EVENTS | EXACT },
};

enum { COUNT = sizeof(registers) / sizeof(registers[0]) };
_Static_assert((int)COUNT <= (int)REGISTERS_KEPT, "room for all that is kept");

/* Looked up once: they are asked for at each step. */
static const struct register_fields *fields_of(const struct named_register *reg)
{
	static struct register_fields found[COUNT];
	struct register_fields *fields = &found[reg - registers];

	if (!fields->first)
		*fields = register_fields(reg->name);
	return fields;
}

static bool is_modelled(const struct unit *unit)
{
	return unit->source == UNIT_MODEL;
}

static bool has(const struct unit *unit, const struct named_register *reg)
{
	return !caps_missing(&unit->caps, reg->needs);
}

/* ---- comparing ---- */

/* Fields that say something only while a status bit is set. */
static uint64_t bits_valid(struct shadow *shadow, const struct named_register *reg)
{
	uint64_t status, bits = UINT64_MAX;

	if (!shadow_register(shadow, REG_FSTS, 4, &status))
		return 0;
	if (reg->offset == REG_FSTS && !(status & FIELD_MASK(FSTS_PPF)))
		bits &= ~FIELD_MASK(FSTS_FRI);
	if (reg->offset == REG_RTADDR && !caps_has(&shadow->unit->caps, CAPABILITY_SMTS))
		bits &= ~FIELD_MASK(RTADDR_TTM); /* a field of scalable mode */
	if (reg->offset != REG_IQERCD)
		return bits;
	if (!(status & FIELD_MASK(FSTS_IQE)))
		bits &= ~FIELD_MASK(IQERCD_IQEI);
	if (!(status & FIELD_MASK(FSTS_ITE)))
		bits &= ~FIELD_MASK(IQERCD_ITESID);
	if (!(status & FIELD_MASK(FSTS_ICE)))
		bits &= ~FIELD_MASK(IQERCD_ICESID);
	return bits;
}

/* Address bits from the host address width on need not be there. */
static uint64_t bits_decided(struct shadow *shadow, const struct named_register *reg)
{
	const struct unit *unit = shadow->unit;
	uint64_t bits = 0;
	const struct register_fields *fields = fields_of(reg);

	if (is_modelled(unit))
		return bits_valid(shadow, reg);
	for (unsigned int i = 0; i < fields->count; i++)
		bits |= field_mask(fields->first[i].field);
	if (reg->bytes == 8)
		bits &= (UINT64_C(1) << platform.dmar.host_address_bits) - 1;
	if (reg->offset == REG_FSTS)
		bits &= ~FIELD_MASK(FSTS_FRI); /* faults may be merged */
	if (reg->offset == REG_IRTA && !caps_has(&unit->caps, CAPABILITY_EIM))
		bits &= ~FIELD_MASK(IRTA_EIME);
	if (reg->offset == REG_RTADDR)
		bits &= FIELD_MASK(RTADDR_RTA);
	return bits;
}

static struct register_difference describe(const struct named_register *reg, uint64_t seen,
					   uint64_t due, uint64_t bits)
{
	struct register_difference difference = { .name = reg->name, .is_wide = true };
	const struct register_fields *fields = fields_of(reg);

	for (unsigned int i = 0; i < fields->count; i++) {
		const struct field field = fields->first[i].field;

		if ((seen ^ due) & bits & field_mask(field)) {
			difference.name = fields->first[i].name;
			difference.is_wide = field.hi - field.lo >= 4;
			difference.seen = (unsigned int)bits_read(&seen, field);
			difference.due = (unsigned int)bits_read(&due, field);
			break;
		}
	}
	return difference;
}

/* Once they have been awaited in vain they will not come the next time, either. */
static bool is_worth_waiting(const struct shadow *shadow, const struct named_register *reg,
			     uint64_t missing)
{
	if (is_modelled(shadow->unit))
		return false;
	for (unsigned int i = 0; i < SHADOW_AWAITED; i++)
		if (shadow->awaited[i].offset == reg->offset &&
		    shadow->awaited[i].missing == missing)
			return false;
	return true;
}

/* Reads it until all `bits` are as they are due, or nobody believes in it any more. */
static uint64_t await(struct shadow *shadow, const struct named_register *reg, uint64_t due,
		      uint64_t bits)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	uint64_t seen;

	do
		seen = unit_read(shadow->unit, reg->offset, 8 * reg->bytes);
	while ((seen ^ due) & bits && is_worth_waiting(shadow, reg, (seen ^ due) & bits) &&
	       !deadline_passed(&deadline));
	if ((seen ^ due) & bits && is_worth_waiting(shadow, reg, (seen ^ due) & bits))
		shadow->awaited[shadow->awaited_next++ % SHADOW_AWAITED] =
			(struct shadow_awaited){ reg->offset, (seen ^ due) & bits };
	return seen;
}

static struct register_difference compare(struct shadow *shadow, const struct named_register *reg)
{
	const struct register_difference none = { 0 };
	const uint64_t bits = bits_decided(shadow, reg);
	uint64_t seen, due;

	if (!has(shadow->unit, reg) || !shadow_register(shadow, reg->offset, reg->bytes, &due))
		return none;
	seen = await(shadow, reg, due, bits);
	return (seen ^ due) & bits ? describe(reg, seen, due, bits) : none;
}

/* What is in a record counts while its F is set. */
static bool is_same_record(struct shadow *shadow, uint32_t offset)
{
	const uint64_t is_used = UINT64_C(1) << FIELD_LOW_BIT(FRCD_F) % 64;
	const uint64_t seen[] = { unit_read64(shadow->unit, offset),
				  unit_read64(shadow->unit, offset + 8) };
	uint64_t due[2];

	if (!shadow_register(shadow, offset, 8, &due[0]) ||
	    !shadow_register(shadow, offset + 8, 8, &due[1]))
		return true;
	if (!((seen[1] | due[1]) & is_used))
		return true;
	return seen[0] == due[0] && seen[1] == due[1];
}

static struct register_difference compare_records(struct shadow *shadow)
{
	const struct register_difference none = { 0 };
	const struct caps *caps = &shadow->unit->caps;
	const uint32_t first = caps_fault_record_offset_bytes(caps);

	for (unsigned int i = 0; i < caps_fault_record_count(caps); i++)
		if (!is_same_record(shadow, first + i * FRCD_BYTES))
			return (struct register_difference){ .name = "FRCD", .is_wide = true };
	return none;
}

static bool is_asked(const struct unit *unit, const struct named_register *reg, uint32_t offset,
		     bool all)
{
	const bool is_written = (offset & ~7u) == (reg->offset & ~7u);

	if (!is_modelled(unit) && !(reg->kind & ON_REAL))
		return false;
	return all || reg->kind & MOVES || is_written;
}

struct register_difference registers_compare(struct shadow *shadow, uint32_t offset, bool all)
{
	struct register_difference difference = { 0 };

	for (unsigned int i = 0; i < COUNT && !difference.name; i++)
		if (is_asked(shadow->unit, &registers[i], offset, all))
			difference = compare(shadow, &registers[i]);
	if (!difference.name && all && is_modelled(shadow->unit))
		difference = compare_records(shadow);
	return difference;
}

/* ---- writing ---- */

static struct register_write record_write(const struct unit *unit, struct random *random)
{
	const struct caps *caps = &unit->caps;
	const uint32_t record = caps_fault_record_offset_bytes(caps) +
				random_below(random, caps_fault_record_count(caps)) * FRCD_BYTES;
	const bool is_other = random_one_in(random, 4);

	if (random_one_in(random, 2))
		return (struct register_write){ record + 8, 8,
						is_other ? ~FIELD_MASK(FRCD_F)
							 : FIELD_MASK(FRCD_F) };
	return (struct register_write){ record + 4 * (is_other ? random_below(random, 3) : 3), 4,
					UINT32_MAX };
}

/* Aligned to its descriptors or not, within the ring or not. */
static struct register_write tail_write(const struct unit *unit, struct random *random)
{
	const uint32_t ring = queue_ring_bytes(&unit->queue);
	uint64_t tail = random_below(random, 2) ? unit->queue.tail_bytes : 0;

	tail += 16 * random_below(random, 5);
	if (random_one_in(random, 4))
		tail = ring - 32 + 16 * random_below(random, 4);
	return (struct register_write){ REG_IQT, 8, tail };
}

static bool is_writable(const struct unit *unit, const struct named_register *reg)
{
	const bool is_status = reg->offset == REG_FSTS || reg->offset == REG_ICS;

	if (!has(unit, reg) || (reg->kind & EXACT && !is_modelled(unit)))
		return false;
	return reg->kind & (PLAIN | EXACT) || is_status;
}

static const struct named_register *random_register(const struct unit *unit, struct random *random)
{
	const struct named_register *reg;

	do
		reg = &registers[random_below(random, COUNT)];
	while (!is_writable(unit, reg));
	return reg;
}

/* A field of it: nothing, all, one bit, or any. The other fields are 0. */
static uint64_t random_value(const struct named_register *reg, struct random *random)
{
	const struct register_fields *fields = fields_of(reg);
	uint64_t bits = random_bits(random);
	struct field field;

	if (!fields->count || random_one_in(random, 8))
		return 0;
	field = fields->first[random_below(random, fields->count)].field;
	if (random_one_in(random, 3))
		bits = field_max(field);
	else if (random_one_in(random, 2))
		bits = UINT64_C(1) << random_below(random, field.hi - field.lo + 1u);
	return (bits & field_max(field)) << field_shift(field);
}

static bool is_protected_range(const struct named_register *reg)
{
	return reg->offset >= REG_PLMBASE && reg->offset < REG_IQH;
}

struct register_write registers_random_write(const struct unit *unit, phys_t page,
					     struct random *random)
{
	const struct named_register *reg;
	struct register_write write;

	if (random_one_in(random, 6))
		return record_write(unit, random);
	if (unit->queue.on && random_one_in(random, 6))
		return tail_write(unit, random);
	reg = random_register(unit, random);
	write = (struct register_write){ reg->offset, reg->bytes, 0 };
	for (unsigned int i = 0; i <= random_below(random, 3); i++)
		write.value |= random_value(reg, random);
	if (is_protected_range(reg) && random_one_in(random, 2))
		write.value = page.value + (random_below(random, 3) << 21) - (1 << 21);
	if (reg->bytes == 4)
		write.value = (uint32_t)write.value;
	if (reg->bytes == 8 && random_one_in(random, 2)) {
		const unsigned int half = random_below(random, 2);

		write = (struct register_write){ reg->offset + 4 * half, 4,
						 (uint32_t)(write.value >> half * 32) };
	}
	return write;
}

const char *registers_name(const struct unit *unit, uint32_t offset)
{
	const uint32_t records = caps_fault_record_offset_bytes(&unit->caps);

	for (unsigned int i = 0; i < COUNT; i++)
		if (offset - registers[i].offset < registers[i].bytes)
			return registers[i].name;
	return offset - records < caps_fault_record_count(&unit->caps) * FRCD_BYTES ? "FRCD" : NULL;
}

/* ---- safety ---- */

static bool is_harmless_event(struct shadow *shadow, uint32_t control)
{
	struct model_unit *model = &shadow_plain_side(shadow)->model;
	const uint64_t upper = model_read(model, control + (REG_FEUADDR - REG_FECTL), 4);
	const struct interrupt_message message = {
		.address = model_read(model, control + (REG_FEADDR - REG_FECTL), 4) | upper << 32,
		.data = (uint32_t)model_read(model, control + (REG_FEDATA - REG_FECTL), 4),
	};

	return sent_is_harmless(shadow->unit, &message);
}

static bool is_masked(struct shadow *shadow, uint32_t control)
{
	return model_read(&shadow_plain_side(shadow)->model, control, 4) & FIELD_MASK(EVENT_CTL_IM);
}

bool registers_is_safe(struct shadow *shadow, const struct register_write *write)
{
	static const uint32_t events[] = { REG_FECTL, REG_IECTL, REG_PECTL };

	for (unsigned int i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (write->offset == events[i])
			return write->value & FIELD_MASK(EVENT_CTL_IM) ||
			       is_harmless_event(shadow, events[i]);
		if (write->offset - events[i] <= REG_FEUADDR - REG_FECTL)
			return is_masked(shadow, events[i]);
	}
	return true;
}

/* ---- afterwards ---- */

static bool is_kept(const struct unit *unit, const struct named_register *reg)
{
	return has(unit, reg) && reg->kind & PLAIN && (is_modelled(unit) || reg->kind & ON_REAL);
}

static void keep(struct unit *unit, const struct named_register *reg, uint64_t *value)
{
	*value = unit_read(unit, reg->offset, 8 * reg->bytes);
	unit_write(unit, reg->offset, 8 * reg->bytes, *value);
}

void registers_keep(struct unit *unit, struct registers_kept *kept)
{
	for (unsigned int i = 0; i < COUNT; i++)
		if (is_kept(unit, &registers[i]))
			keep(unit, &registers[i], &kept->values[i]);
}

/* Events are masked first, so that none goes anywhere meanwhile; protection goes off before its ranges change. */
void registers_restore(struct unit *unit, const struct registers_kept *kept)
{
	const uint32_t masked = (uint32_t)FIELD_MASK(EVENT_CTL_IM);

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < COUNT; i++) {
			const struct named_register *reg = &registers[i];
			const bool is_first = reg->kind & MOVES || reg->offset == REG_PMEN;

			if (!is_kept(unit, reg) || is_first != (pass == 0) ||
			    unit_read(unit, reg->offset, 8 * reg->bytes) == kept->values[i])
				continue;
			unit_write(unit, reg->offset, 8 * reg->bytes,
				   reg->kind & MOVES ? masked : kept->values[i]);
		}
}
