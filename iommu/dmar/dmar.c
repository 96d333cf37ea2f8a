/* SPDX-License-Identifier: MIT */
#include "iommu/dmar/dmar.h"

#include "arch/string.h"
#include "iommu/dmar/dmar_rules.h"
#include "iommu/dmar/dmar_structure.h"

/* Byte offsets of the table's header. */
enum {
	TABLE_LENGTH = 4,
	TABLE_REVISION = 8,
	TABLE_HOST_ADDRESS_WIDTH = 36,
	TABLE_FLAGS = 37,
	TABLE_RESERVED = 38,
	TABLE_STRUCTURES = 48,
};

/* Byte offsets within a structure; which ones it has depends on its type. */
enum {
	STRUCTURE_TYPE = 0,
	STRUCTURE_LENGTH = 2,
	STRUCTURE_HEADER_BYTES = 4,
	STRUCTURE_SEGMENT = 6,
	DRHD_SIZE = 5,
	DRHD_BASE = 8,
	RMRR_BASE = 8,
	RMRR_LIMIT = 16,
	RHSA_BASE = 8,
	RHSA_DOMAIN = 16,
	ANDD_NUMBER = 7,
	ANDD_NAME = 8,
};

static uint16_t read16(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t read32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t read64(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void read_drhd(struct dmar *out, const struct dmar_structure *s)
{
	struct dmar_unit *unit = &out->units[out->unit_count];
	uint64_t size_bytes;

	if (!dmar_has_room(out, s->offset, "DRHD structures", out->unit_count, DMAR_UNITS_MAX))
		return;
	out->unit_count++;
	memset(unit, 0, sizeof(*unit));
	unit->offset = s->offset;
	unit->include_all = s->bytes[STRUCTURE_FLAGS] & FLAG_0;
	unit->size_pages_log2 = s->bytes[DRHD_SIZE] & 0x0F;
	unit->segment = read16(s->bytes + STRUCTURE_SEGMENT);
	unit->base = read64(s->bytes + DRHD_BASE);
	unit->scopes = dmar_read_scopes(out, s, 16);

	size_bytes = UINT64_C(4096) << unit->size_pages_log2;
	unit->is_refused = unit->base == 0 || unit->base % size_bytes;
	if (unit->is_refused)
		dmar_complain(out, DMAR_RULE_DRHD_BASE, s->offset,
			      "base %llx of a unit of %llx bytes", (unsigned long long)unit->base,
			      (unsigned long long)size_bytes);
}

/* The limit is the last byte. Nothing is computed from it that could wrap. */
static const char *find_rmrr_flaw(const struct dmar *dmar, const struct dmar_rmrr *rmrr)
{
	if (rmrr->limit < rmrr->base)
		return "the limit is below the base";
	if (rmrr->base % 4096 || rmrr->limit % 4096 != 4095)
		return "not whole pages";
	if (rmrr->limit >> dmar->host_address_bits)
		return "beyond the host address width";
	return NULL;
}

static void read_rmrr(struct dmar *out, const struct dmar_structure *s)
{
	struct dmar_rmrr *rmrr = &out->rmrrs[out->rmrr_count];
	const char *flaw;

	if (!dmar_has_room(out, s->offset, "RMRR structures", out->rmrr_count, DMAR_OTHERS_MAX))
		return;
	out->rmrr_count++;
	memset(rmrr, 0, sizeof(*rmrr));
	rmrr->offset = s->offset;
	rmrr->segment = read16(s->bytes + STRUCTURE_SEGMENT);
	rmrr->base = read64(s->bytes + RMRR_BASE);
	rmrr->limit = read64(s->bytes + RMRR_LIMIT);
	rmrr->scopes = dmar_read_scopes(out, s, 24);

	flaw = find_rmrr_flaw(out, rmrr);
	if (flaw)
		dmar_complain(out, DMAR_RULE_RMRR_RANGE, s->offset, "base %llx limit %llx: %s",
			      (unsigned long long)rmrr->base, (unsigned long long)rmrr->limit,
			      flaw);
	if (s->length == 24)
		dmar_complain(out, DMAR_RULE_RMRR_SCOPE, s->offset, "RMRR without device scope");
}

static void read_device_list(struct dmar *out, const struct dmar_structure *s, const char *what,
			     struct dmar_device_list *lists, unsigned int *count)
{
	struct dmar_device_list *list = &lists[*count];

	if (!dmar_has_room(out, s->offset, what, *count, DMAR_OTHERS_MAX))
		return;
	(*count)++;
	memset(list, 0, sizeof(*list));
	list->offset = s->offset;
	list->segment = read16(s->bytes + STRUCTURE_SEGMENT);
	list->flag = s->type != DMAR_SIDP && (s->bytes[STRUCTURE_FLAGS] & FLAG_0);
	list->scopes = dmar_read_scopes(out, s, 8);
}

static void read_atsr(struct dmar *out, const struct dmar_structure *s)
{
	read_device_list(out, s, "ATSR structures", out->atsrs, &out->atsr_count);
}

static void read_satc(struct dmar *out, const struct dmar_structure *s)
{
	read_device_list(out, s, "SATC structures", out->satcs, &out->satc_count);
}

static void read_sidp(struct dmar *out, const struct dmar_structure *s)
{
	read_device_list(out, s, "SIDP structures", out->sidps, &out->sidp_count);
}

static void read_rhsa(struct dmar *out, const struct dmar_structure *s)
{
	struct dmar_rhsa *rhsa = &out->rhsas[out->rhsa_count];

	if (!dmar_has_room(out, s->offset, "RHSA structures", out->rhsa_count, DMAR_UNITS_MAX))
		return;
	out->rhsa_count++;
	memset(rhsa, 0, sizeof(*rhsa));
	rhsa->offset = s->offset;
	rhsa->base = read64(s->bytes + RHSA_BASE);
	rhsa->proximity_domain = read32(s->bytes + RHSA_DOMAIN);
	if (s->length != 20)
		dmar_complain(out, DMAR_RULE_STRUCTURE_LENGTH, s->offset,
			      "RHSA of %u bytes instead of 20", s->length);
}

static void read_andd(struct dmar *out, const struct dmar_structure *s)
{
	struct dmar_andd *andd = &out->andds[out->andd_count];
	const char *name = (const char *)s->bytes + ANDD_NAME;
	size_t room = s->length - (size_t)ANDD_NAME;
	size_t length = strnlen(name, room);

	if (!dmar_has_room(out, s->offset, "ANDD structures", out->andd_count, DMAR_OTHERS_MAX))
		return;
	out->andd_count++;
	memset(andd, 0, sizeof(*andd));
	andd->offset = s->offset;
	andd->number = s->bytes[ANDD_NUMBER];
	memcpy(andd->name, name, length < DMAR_NAME_BYTES ? length : DMAR_NAME_BYTES - 1);
	if (length == room)
		dmar_complain(out, DMAR_RULE_ANDD_NAME, s->offset,
			      "no NUL in the %u bytes of the name", (unsigned int)room);
}

struct reserved_bits {
	uint8_t at;
	uint8_t mask; /* 0 ends the list */
};

/* Every structure type: name, least length, reserved bits, and who reads it. */
static const struct dmar_structure_kind {
	const char *name;
	uint16_t least_bytes;
	struct reserved_bits reserved[5];
	void (*read)(struct dmar *out, const struct dmar_structure *s);
} kinds[] = {
	[DMAR_DRHD] = { "DRHD", 16, { { 4, 0xFE }, { 5, 0xF0 } }, read_drhd },
	[DMAR_RMRR] = { "RMRR", 24, { { 4, 0xFF }, { 5, 0xFF } }, read_rmrr },
	[DMAR_ATSR] = { "ATSR", 8, { { 4, 0xFE }, { 5, 0xFF } }, read_atsr },
	[DMAR_RHSA] = { "RHSA",
			20,
			{ { 4, 0xFF }, { 5, 0xFF }, { 6, 0xFF }, { 7, 0xFF } },
			read_rhsa },
	[DMAR_ANDD] = { "ANDD", 9, { { 4, 0xFF }, { 5, 0xFF }, { 6, 0xFF } }, read_andd },
	[DMAR_SATC] = { "SATC", 8, { { 4, 0xFE }, { 5, 0xFF } }, read_satc },
	[DMAR_SIDP] = { "SIDP", 8, { { 0, 0 } }, read_sidp },
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static void read_structure(struct dmar *out, const struct dmar_structure *s)
{
	const struct dmar_structure_kind *kind;

	if (s->type >= KIND_COUNT) {
		dmar_complain(out, DMAR_RULE_UNKNOWN_TYPE, s->offset,
			      "type %u of %u bytes is newer than this program; skipped", s->type,
			      s->length);
		return;
	}
	kind = &kinds[s->type];
	if (s->length < kind->least_bytes) {
		dmar_complain(out, DMAR_RULE_STRUCTURE_LENGTH, s->offset,
			      "%s of %u bytes, at least %u needed", kind->name, s->length,
			      kind->least_bytes);
		return;
	}
	for (const struct reserved_bits *r = kind->reserved; r->mask; r++)
		if (s->bytes[r->at] & r->mask)
			dmar_complain(out, DMAR_RULE_STRUCTURE_RESERVED, s->offset,
				      "byte %u of %s is %02x, bits %02x are reserved", r->at,
				      kind->name, s->bytes[r->at], r->mask);
	kind->read(out, s);
}

/* Walks the structures of `bytes`; stops where a length cannot be followed. */
static void read_structures(struct dmar *out, const uint8_t *table, uint32_t bytes)
{
	uint16_t type_before = 0;
	uint32_t at = TABLE_STRUCTURES;

	while (at < bytes) {
		struct dmar_structure s = { table + at, at, 0, 0 };

		if (bytes - at < STRUCTURE_HEADER_BYTES) {
			dmar_complain(out, DMAR_RULE_STRUCTURE_END, at,
				      "%u stray bytes at the end of the table", bytes - at);
			return;
		}
		s.type = read16(s.bytes + STRUCTURE_TYPE);
		s.length = read16(s.bytes + STRUCTURE_LENGTH);
		if (s.length < STRUCTURE_HEADER_BYTES) {
			dmar_complain(out, DMAR_RULE_STRUCTURE_HEADER, at,
				      "type %u, length %u: the rest of the table is unreadable",
				      s.type, s.length);
			return;
		}
		if (s.length > bytes - at) {
			dmar_complain(out, DMAR_RULE_STRUCTURE_END, at,
				      "type %u, length %u, but the table ends after %u bytes",
				      s.type, s.length, bytes - at);
			return;
		}
		if (s.type < type_before)
			dmar_complain(out, DMAR_RULE_STRUCTURE_ORDER, at, "type %u after type %u",
				      s.type, type_before);
		type_before = s.type;
		read_structure(out, &s);
		at += s.length;
	}
}

static void read_host_address_width(struct dmar *out, unsigned int bits)
{
	out->host_address_bits = bits;
	if (bits < DMAR_HOST_ADDRESS_BITS_MIN)
		out->host_address_bits = DMAR_HOST_ADDRESS_BITS_MIN;
	if (bits > DMAR_HOST_ADDRESS_BITS_MAX)
		out->host_address_bits = DMAR_HOST_ADDRESS_BITS_MAX;
	if (bits != out->host_address_bits)
		dmar_complain(out, DMAR_RULE_HOST_ADDRESS_WIDTH, TABLE_HOST_ADDRESS_WIDTH,
			      "%u bits", bits);
}

static void check_header(struct dmar *out, const uint8_t *table)
{
	/* A quarter of all tables in the field are of revision 2, and are read like any other. */
	if (out->revision != 1)
		dmar_complain(out, out->revision == 2 ? DMAR_RULE_REVISION_2 : DMAR_RULE_REVISION,
			      TABLE_REVISION, "revision %u", out->revision);
	read_host_address_width(out, table[TABLE_HOST_ADDRESS_WIDTH] + 1u);
	if (out->flags & DMAR_FLAG_REMAP_OPT_OUT)
		dmar_complain(out, DMAR_RULE_FLAG_REMAP_OPT_OUT, TABLE_FLAGS,
			      "flags %02x: firmware asks for no DMA remapping", out->flags);
	if (out->flags & ~(DMAR_FLAG_INTR_REMAP | DMAR_FLAG_X2APIC_OPT_OUT |
			   DMAR_FLAG_DMA_CTRL_OPT_IN | DMAR_FLAG_REMAP_OPT_OUT))
		dmar_complain(out, DMAR_RULE_HEADER_RESERVED, TABLE_FLAGS,
			      "flags %02x, bits f0 are reserved", out->flags);
	for (uint32_t at = TABLE_RESERVED; at < TABLE_STRUCTURES; at++)
		if (table[at])
			dmar_complain(out, DMAR_RULE_HEADER_RESERVED, at, "byte %u is %02x", at,
				      table[at]);
}

static void check_checksum(struct dmar *out, const uint8_t *table)
{
	uint8_t sum = 0;

	for (uint32_t at = 0; at < out->length_bytes; at++)
		sum = (uint8_t)(sum + table[at]);
	if (sum)
		dmar_complain(out, DMAR_RULE_CHECKSUM, 9, "the %u bytes sum to %02x",
			      out->length_bytes, sum);
}

static void make_empty(struct dmar *out)
{
	struct dmar_storage *storage = out->storage;

	memset(out, 0, sizeof(*out));
	out->storage = storage;
	out->units = storage->units;
	out->rmrrs = storage->rmrrs;
	out->atsrs = storage->atsrs;
	out->rhsas = storage->rhsas;
	out->andds = storage->andds;
	out->satcs = storage->satcs;
	out->sidps = storage->sidps;
	out->scopes = storage->scopes;
}

bool dmar_parse(const void *table, size_t bytes_available, struct dmar *out)
{
	const uint8_t *bytes = table;

	make_empty(out);
	if (bytes_available < TABLE_STRUCTURES) {
		dmar_complain(out, DMAR_RULE_LENGTH, TABLE_LENGTH, "only %u bytes of memory",
			      (unsigned int)bytes_available);
		return false;
	}
	if (memcmp(bytes, "DMAR", 4) != 0) {
		dmar_complain(out, DMAR_RULE_SIGNATURE, 0,
			      "the first four bytes are %02x %02x %02x %02x", bytes[0], bytes[1],
			      bytes[2], bytes[3]);
		return false;
	}
	out->length_bytes = read32(bytes + TABLE_LENGTH);
	if (out->length_bytes < TABLE_STRUCTURES) {
		dmar_complain(out, DMAR_RULE_LENGTH, TABLE_LENGTH,
			      "length %u, the header alone is %u", out->length_bytes,
			      TABLE_STRUCTURES);
		return false;
	}
	out->revision = bytes[TABLE_REVISION];
	out->flags = bytes[TABLE_FLAGS];
	check_header(out, bytes);
	if (out->length_bytes <= bytes_available) {
		check_checksum(out, bytes);
		read_structures(out, bytes, out->length_bytes);
	} else {
		dmar_complain(out, DMAR_RULE_LENGTH, TABLE_LENGTH,
			      "length %u, but only %u bytes of memory", out->length_bytes,
			      (unsigned int)bytes_available);
		read_structures(out, bytes, (uint32_t)bytes_available);
	}
	dmar_check_references(out);
	return true;
}
