/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/registers.h"

#include "arch/time.h"
#include "tests/engine/platform.h"
#include "tests/fuzz/entry_fields.h"

/* Who may have a register, and what becomes of it. */
enum kind {
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
	uint32_t offset; /* see offset_of() */
	unsigned int bytes;
	uint64_t needs; /* capabilities */
	unsigned int kind;
};

#define MEMORY_TYPE(name, offset)                                \
	{                                                        \
		name, offset, 8, NEED(MTS), PLAIN | EXACT | RARE \
	}
#define FIXED_RANGE(n) MEMORY_TYPE("MTRR_FIX", REG_MTRR_FIX64K_00000 + 8 * (n))
#define RANGE(n)                                                     \
	MEMORY_TYPE("MTRR_PHYSBASE", REG_MTRR_PHYSBASE0 + 16 * (n)), \
		MEMORY_TYPE("MTRR_PHYSMASK", REG_MTRR_PHYSBASE0 + 16 * (n) + 8)

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
	{ "PQT", REG_PQT, 8, NEED(PRS), MOVES | EXACT },
	{ "PQA", REG_PQA, 8, NEED(PRS), LEADS },
	{ "PRS", REG_PRS, 4, NEED(PRS), MOVES | EXACT },
	{ "PECTL", REG_PECTL, 4, NEED(PRS), MOVES | PLAIN | EXACT },
	{ "PEDATA", REG_PEDATA, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEADDR", REG_PEADDR, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEUADDR", REG_PEUADDR, 4, NEED(PRS) | NEED(EIM), PLAIN | EVENTS | EXACT },
	{ "MTRRDEF", REG_MTRRDEF, 8, NEED(MTS), PLAIN | EXACT },
	FIXED_RANGE(0),
	FIXED_RANGE(1),
	FIXED_RANGE(2),
	FIXED_RANGE(3),
	FIXED_RANGE(4),
	FIXED_RANGE(5),
	FIXED_RANGE(6),
	FIXED_RANGE(7),
	FIXED_RANGE(8),
	FIXED_RANGE(9),
	FIXED_RANGE(10),
	RANGE(0),
	RANGE(1),
	RANGE(2),
	RANGE(3),
	RANGE(4),
	RANGE(5),
	RANGE(6),
	RANGE(7),
	RANGE(8),
	RANGE(9),
	{ "ECMD", REG_ECMD, 8, NEED(ECMDS), PLAIN | EXACT },
	{ "ECEO", REG_ECEO, 8, NEED(ECMDS), PLAIN | EXACT },
	{ "ECRSP", REG_ECRSP, 8, NEED(ECMDS), EXACT },
	{ "RDTC", REG_RDTC, 8, NEED(RDTS), PLAIN | EXACT },
	{ "VCMD", REG_VCMD, 8, NEED(VCS), EXACT },
	{ "VCMDEO", REG_VCMDEO, 8, NEED(VCS), EXACT },
	{ "VCRSP", REG_VCRSP, 8, NEED(VCS), EXACT },
	{ "VCCAP", REG_VCCAP, 8, NEED(VCS), EXACT },
	{ "IVA", REG_IVA_IN_BLOCK, 8, 0, IN_BLOCK | EXACT },
	{ "IOTLB", REG_IOTLB_IN_BLOCK, 8, 0, IN_BLOCK | EXACT | PLAIN },
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

static uint32_t offset_of(const struct unit *unit, const struct named_register *reg)
{
	return reg->offset + (reg->kind & IN_BLOCK ? caps_iotlb_offset_bytes(&unit->caps) : 0);
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
static bool is_worth_waiting(const struct shadow *shadow, uint32_t offset, uint64_t missing)
{
	if (is_modelled(shadow->unit))
		return false;
	for (unsigned int i = 0; i < SHADOW_AWAITED; i++)
		if (shadow->awaited[i].offset == offset && shadow->awaited[i].missing == missing)
			return false;
	return true;
}

/* Reads it until all `bits` are as they are due, or nobody believes in it any more. */
static uint64_t await(struct shadow *shadow, uint32_t offset, unsigned int bytes, uint64_t due,
		      uint64_t bits)
{
	struct deadline deadline = deadline_after_us(UNIT_DEADLINE_US);
	uint64_t seen;

	do
		seen = unit_read(shadow->unit, offset, 8 * bytes);
	while ((seen ^ due) & bits && is_worth_waiting(shadow, offset, (seen ^ due) & bits) &&
	       !deadline_passed(&deadline));
	if ((seen ^ due) & bits && is_worth_waiting(shadow, offset, (seen ^ due) & bits))
		shadow->awaited[shadow->awaited_next++ % SHADOW_AWAITED] =
			(struct shadow_awaited){ offset, (seen ^ due) & bits };
	return seen;
}

static struct register_difference compare(struct shadow *shadow, const struct named_register *reg)
{
	const struct register_difference none = { 0 };
	const uint64_t bits = bits_decided(shadow, reg);
	const uint32_t offset = offset_of(shadow->unit, reg);
	uint64_t seen, due;

	if (!shadow_register(shadow, offset, reg->bytes, &due))
		return none;
	seen = await(shadow, offset, reg->bytes, due, bits);
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

/* Of many alike a write of one may have hit another. */
static bool is_near(const struct unit *unit, const struct named_register *reg, uint32_t offset)
{
	if (reg->kind & RARE)
		return offset >= REG_MTRRCAP && offset <= REG_MTRR_PHYSMASK9;
	return (offset & ~7u) == (offset_of(unit, reg) & ~7u);
}

static bool is_asked(const struct shadow *shadow, const struct named_register *reg, uint32_t offset,
		     enum registers_asked asked)
{
	const struct unit *unit = shadow->unit;

	if (reg->needs & NEED(VCS) && !shadow->has_commands)
		return false;
	if (!is_modelled(unit) && (!(reg->kind & ON_REAL) || !has(unit, reg)))
		return false;
	if (asked == REGISTERS_EVERY || is_near(unit, reg, offset))
		return true;
	return has(unit, reg) &&
	       (reg->kind & MOVES || (asked == REGISTERS_THERE && !(reg->kind & RARE)));
}

struct register_difference registers_compare(struct shadow *shadow, uint32_t offset,
					     enum registers_asked asked)
{
	struct register_difference difference = { 0 };

	for (unsigned int i = 0; i < COUNT && !difference.name; i++)
		if (is_asked(shadow, &registers[i], offset, asked))
			difference = compare(shadow, &registers[i]);
	if (!difference.name && asked != REGISTERS_MOVING && is_modelled(shadow->unit))
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

	/* What a unit lacks reads 0 whatever is written; a real one is not asked. */
	if (!is_modelled(unit) && (!has(unit, reg) || reg->kind & EXACT))
		return false;
	return reg->kind & (PLAIN | EXACT) || is_status;
}

/* Seldom one of many alike, or one that is not there. */
static bool is_taken(const struct unit *unit, const struct named_register *reg, uint64_t needs,
		     struct random *random)
{
	if (!is_writable(unit, reg) || (needs && !(reg->needs & needs)))
		return false;
	if (reg->needs & NEED(VCS) && !(needs & NEED(VCS)))
		return false;
	return (has(unit, reg) && !(reg->kind & RARE)) || random_one_in(random, 8);
}

static const struct named_register *random_register(const struct unit *unit, uint64_t needs,
						    struct random *random)
{
	const struct named_register *reg;

	do
		reg = &registers[random_below(random, COUNT)];
	while (!is_taken(unit, reg, needs, random));
	return reg;
}

/* A field of it: nothing, all, all but one, one bit, or any. The other fields are 0. */
static uint64_t random_value(const struct named_register *reg, struct random *random)
{
	const struct register_fields *fields = fields_of(reg);
	uint64_t bits = random_bits(random);
	struct field field;

	if (!fields->count || random_one_in(random, 8))
		return 0;
	field = fields->first[random_below(random, fields->count)].field;
	if (random_one_in(random, 3))
		bits = field_max(field) - random_one_in(random, 4);
	else if (random_one_in(random, 2))
		bits = UINT64_C(1) << random_below(random, field.hi - field.lo + 1u);
	return (bits & field_max(field)) << field_shift(field);
}

static bool is_protected_range(const struct named_register *reg)
{
	return reg->offset >= REG_PLMBASE && reg->offset < REG_IQH;
}

/* Whole, or the half of it where a register has two. */
static struct register_write any_width(struct register_write write, struct random *random)
{
	const unsigned int half = random_below(random, 2);

	if (write.bytes == 4)
		write.value = (uint32_t)write.value;
	if (write.bytes == 8 && random_one_in(random, 2))
		write = (struct register_write){ write.offset + 4 * half, 4,
						 (uint32_t)(write.value >> half * 32) };
	return write;
}

static struct register_write write_of(const struct unit *unit, const struct named_register *reg,
				      phys_t page, struct random *random)
{
	struct register_write write = { offset_of(unit, reg), reg->bytes, 0 };

	for (unsigned int i = 0; i <= random_below(random, 3); i++)
		write.value |= random_value(reg, random);
	if (is_protected_range(reg) && random_one_in(random, 2))
		write.value = page.value + (random_below(random, 3) << 21) - (1 << 21);
	return any_width(write, random);
}

struct register_write registers_random_write(const struct unit *unit, phys_t page, uint64_t needs,
					     struct random *random)
{
	if (!needs && random_one_in(random, 6))
		return record_write(unit, random);
	if (!needs && unit->queue.on && random_one_in(random, 6))
		return tail_write(unit, random);
	return write_of(unit, random_register(unit, needs, random), page, random);
}

struct register_write registers_write_again(const struct unit *unit, uint32_t offset, phys_t page,
					    struct random *random)
{
	for (unsigned int i = 0; i < COUNT; i++)
		if (is_writable(unit, &registers[i]) &&
		    offset - offset_of(unit, &registers[i]) < registers[i].bytes)
			return write_of(unit, &registers[i], page, random);
	return registers_random_write(unit, page, 0, random);
}

static bool is_record(const struct unit *unit, uint32_t offset)
{
	return offset - caps_fault_record_offset_bytes(&unit->caps) <
	       caps_fault_record_count(&unit->caps) * FRCD_BYTES;
}

bool registers_can_write(const struct unit *unit, uint32_t offset, unsigned int bytes)
{
	if (offset % bytes)
		return false;
	for (unsigned int i = 0; i < COUNT; i++) {
		const struct named_register *reg = &registers[i];
		const bool is_tail = reg->offset == REG_IQT && has(unit, reg);
		const bool is_queue = reg->kind & LEADS && is_modelled(unit);

		if (offset - offset_of(unit, reg) < reg->bytes)
			return bytes <= reg->bytes &&
			       (is_writable(unit, reg) || is_tail || is_queue);
	}
	return is_record(unit, offset);
}

const char *registers_name(const struct unit *unit, uint32_t offset)
{
	for (unsigned int i = 0; i < COUNT; i++)
		if (offset - offset_of(unit, &registers[i]) < registers[i].bytes)
			return registers[i].name;
	return is_record(unit, offset) ? "FRCD" : NULL;
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
	return has(unit, reg) && reg->kind & (PLAIN | LEADS) &&
	       (is_modelled(unit) || reg->kind & ON_REAL);
}

static void keep(struct unit *unit, const struct named_register *reg, uint64_t *value)
{
	*value = unit_read(unit, offset_of(unit, reg), 8 * reg->bytes);
	unit_write(unit, offset_of(unit, reg), 8 * reg->bytes, *value);
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
			    unit_read(unit, offset_of(unit, reg), 8 * reg->bytes) ==
				    kept->values[i])
				continue;
			unit_write(unit, offset_of(unit, reg), 8 * reg->bytes,
				   reg->kind & MOVES ? masked : kept->values[i]);
		}
}
