/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/registers.h"

#include "tests/fuzz/register_list.h"

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
	if (!unit_is_modelled(unit) && (!register_is_there(unit, reg) || reg->kind & EXACT))
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
	return (register_is_there(unit, reg) && !(reg->kind & RARE)) || random_one_in(random, 8);
}

static const struct named_register *random_register(const struct unit *unit, uint64_t needs,
						    struct random *random)
{
	const struct named_register *reg;

	do
		reg = &register_list[random_below(random, register_list_count)];
	while (!is_taken(unit, reg, needs, random));
	return reg;
}

/* A field of it: nothing, all, all but one, one bit, or any. The other fields are 0. */
static uint64_t random_value(const struct named_register *reg, struct random *random)
{
	const struct register_fields *fields = register_list_fields(reg);
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
	struct register_write write = { register_offset(unit, reg), reg->bytes, 0 };

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
	for (unsigned int i = 0; i < register_list_count; i++)
		if (is_writable(unit, &register_list[i]) &&
		    offset - register_offset(unit, &register_list[i]) < register_list[i].bytes)
			return write_of(unit, &register_list[i], page, random);
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
	for (unsigned int i = 0; i < register_list_count; i++) {
		const struct named_register *reg = &register_list[i];
		const bool is_tail = reg->offset == REG_IQT && register_is_there(unit, reg);
		const bool is_queue = reg->kind & LEADS && unit_is_modelled(unit);

		if (offset - register_offset(unit, reg) < reg->bytes)
			return bytes <= reg->bytes &&
			       (is_writable(unit, reg) || is_tail || is_queue);
	}
	return is_record(unit, offset);
}

const char *registers_name(const struct unit *unit, uint32_t offset)
{
	for (unsigned int i = 0; i < register_list_count; i++)
		if (offset - register_offset(unit, &register_list[i]) < register_list[i].bytes)
			return register_list[i].name;
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
	return register_is_there(unit, reg) && reg->kind & (PLAIN | LEADS) &&
	       (unit_is_modelled(unit) || reg->kind & ON_REAL);
}

static void keep(struct unit *unit, const struct named_register *reg, uint64_t *value)
{
	*value = unit_read(unit, register_offset(unit, reg), 8 * reg->bytes);
	unit_write(unit, register_offset(unit, reg), 8 * reg->bytes, *value);
}

void registers_keep(struct unit *unit, struct registers_kept *kept)
{
	for (unsigned int i = 0; i < register_list_count; i++)
		if (is_kept(unit, &register_list[i]))
			keep(unit, &register_list[i], &kept->values[i]);
}

/* Events are masked first, so that none goes anywhere meanwhile; protection goes off before its ranges change. */
void registers_restore(struct unit *unit, const struct registers_kept *kept)
{
	const uint32_t masked = (uint32_t)FIELD_MASK(EVENT_CTL_IM);

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < register_list_count; i++) {
			const struct named_register *reg = &register_list[i];
			const bool is_first = reg->kind & MOVES || reg->offset == REG_PMEN;

			if (!is_kept(unit, reg) || is_first != (pass == 0) ||
			    unit_read(unit, register_offset(unit, reg), 8 * reg->bytes) ==
				    kept->values[i])
				continue;
			unit_write(unit, register_offset(unit, reg), 8 * reg->bytes,
				   reg->kind & MOVES ? masked : kept->values[i]);
		}
}
