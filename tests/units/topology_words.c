/* SPDX-License-Identifier: MIT */
#include "tests/units/topology_words.h"

#include "arch/number.h"
#include "arch/string.h"
#include "iommu/spec/caps.h"

/* How many PASIDs a unit hands out if nobody says: enough to tell leaks, few enough to exhaust. */
#define PASIDS_BY_DEFAULT 8191u

/* ---- capability bits and fields ---- */

static uint64_t *register_of(const struct topology_word *word, struct topology_unit *unit)
{
	return word->in_ecap ? &unit->config.ecap : &unit->config.cap;
}

/* Virtual command registers, all commands offered; without: no such registers at all. */
static void set_virtual_commands(struct topology_unit *unit, enum model_vcmd_layout layout)
{
	struct model_config *config = &unit->config;

	config->vcmd_layout = layout;
	config->ecap &= ~FIELD_MASK(ECAP_VCS);
	config->vccap = 0;
	if (layout == MODEL_VCMD_NONE)
		return;
	config->ecap |= FIELD_MASK(ECAP_VCS);
	config->vccap = FIELD_MASK(DRAFT_VCCAP_PAS);
	if (layout == MODEL_VCMD_3_3)
		config->vccap =
			FIELD_MASK(VCCAP_NS) | FIELD_MASK(VCCAP_PAS) | FIELD_MASK(VCCAP_FPS);
}

static void set_capability(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	uint64_t *reg = register_of(word, unit);

	*reg &= ~field_mask(word->field);
	if (on)
		*reg |= field_mask(word->field);
	if (word->in_ecap && word->field.lo == FIELD_LOW_BIT(ECAP_VCS))
		set_virtual_commands(unit, on ? MODEL_VCMD_3_3 : MODEL_VCMD_NONE);
}

static const char *take_field(const struct topology_word *word, struct topology_unit *unit,
			      const char **at)
{
	uint64_t value;

	if (!number_take(at, 10, field_max(word->field), &value))
		return "a number that fits the field, as the register holds it";
	bits_write(register_of(word, unit), word->field, value);
	return NULL;
}

static const char *take_register(const struct topology_word *word, struct topology_unit *unit,
				 const char **at)
{
	return number_take(at, 10, UINT64_MAX, register_of(word, unit)) ? NULL : word->value_is;
}

static const char *take_version(const struct topology_word *word, struct topology_unit *unit,
				const char **at)
{
	uint64_t major, minor;

	if (!number_take(at, 10, 15, &major) || **at != '.')
		return word->value_is;
	++*at;
	if (!number_take(at, 10, 15, &minor))
		return word->value_is;
	unit->config.version = (uint32_t)(reg_put(VER_MAX, major) | reg_put(VER_MIN, minor));
	return NULL;
}

/* All second-stage tables up to a width, and MGAW as wide. */
static const char *take_width(const struct topology_word *word, struct topology_unit *unit,
			      const char **at)
{
	uint64_t width, levels;

	if (!number_take(at, 10, 57, &width) || (width != 39 && width != 48 && width != 57))
		return word->value_is;
	levels = (width - 12) / 9;
	field_set(&unit->config.cap, CAP_SAGAW, (UINT64_C(1) << (levels - 1)) - 2);
	field_set(&unit->config.cap, CAP_MGAW, width - 1);
	return NULL;
}

static const char *take_host_width(const struct topology_word *word, struct topology_unit *unit,
				   const char **at)
{
	uint64_t width;

	if (!number_take(at, 10, 52, &width) || width < 32)
		return word->value_is;
	unit->config.host_address_bits = (unsigned int)width;
	return NULL;
}

/* ---- virtual commands ---- */

static void set_vcs_draft(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	(void)word;
	set_virtual_commands(unit, on ? MODEL_VCMD_DRAFT : MODEL_VCMD_NONE);
}

/* A bit of VCCAP. On a unit without ECAP.VCS the registers come along, but not ECAP.VCS. */
static void set_command(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	struct field field = word->field;

	if (on && unit->config.vcmd_layout == MODEL_VCMD_NONE)
		unit->config.vcmd_layout = MODEL_VCMD_3_3;
	if (unit->config.vcmd_layout == MODEL_VCMD_DRAFT && word->most)
		field = FIELD(DRAFT_VCCAP_PAS);
	unit->config.vccap &= ~field_mask(field);
	if (on)
		unit->config.vccap |= field_mask(field);
}

/* ---- members of topology_unit ---- */

static void *member_of(const struct topology_word *word, struct topology_unit *unit)
{
	return (char *)unit + word->offset;
}

static void set_switch(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	*(bool *)member_of(word, unit) = on;
}

static void set_private(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	(void)word;
	unit->shares_pasids = !on;
}

static const char *take_number32(const struct topology_word *word, struct topology_unit *unit,
				 const char **at)
{
	uint64_t value;

	if (!number_take(at, 10, word->most, &value))
		return word->value_is;
	*(uint32_t *)member_of(word, unit) = (uint32_t)value;
	return NULL;
}

static const char *take_number64(const struct topology_word *word, struct topology_unit *unit,
				 const char **at)
{
	return number_take(at, 10, UINT64_MAX, member_of(word, unit)) ? NULL : word->value_is;
}

static const char *take_status(const struct topology_word *word, struct topology_unit *unit,
			       const char **at)
{
	uint64_t value;

	if (!number_take(at, 10, 127, &value) || !value)
		return word->value_is;
	unit->config.vcmd.forced_status = (uint8_t)value;
	return NULL;
}

static const char *take_pasids(const struct topology_word *word, struct topology_unit *unit,
			       const char **at)
{
	uint64_t value;

	if (!number_take(at, 10, MODEL_PASID_LIMIT - 1, &value) || !value)
		return word->value_is;
	unit->pasid_count = (uint32_t)value;
	return NULL;
}

/* ---- words as values ---- */

/* Position of the text among `names`, moving *at behind it; -1 if it is none of them. */
static int take_choice(const char **at, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		size_t length = strlen(names[i]);

		if (strncmp(*at, names[i], length))
			continue;
		*at += length;
		return i;
	}
	return -1;
}

static const char *take_absent(const struct topology_word *word, struct topology_unit *unit,
			       const char **at)
{
	static const char *const names[] = { "0", "ones" };
	int choice = take_choice(at, names, 2);

	if (choice < 0)
		return word->value_is;
	unit->config.misbehaviour.presence = choice ? MODEL_READS_ONES : MODEL_READS_ZERO;
	return NULL;
}

static const char *take_entry(const struct topology_word *word, struct topology_unit *unit,
			      const char **at)
{
	static const char *const names[] = { "legacy-on", "sm-on", "qi-on", "ir-on" };
	int choice = take_choice(at, names, 4);

	if (choice < 0)
		return word->value_is;
	unit->entry = (enum topology_entry)(ENTRY_LEGACY_ON + choice);
	return NULL;
}

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_same_name(const char *text, size_t length, const char *name)
{
	if (strlen(name) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((text[i] | 0x20) != (name[i] | 0x20) && text[i] != name[i])
			return false;
	return true;
}

static const char *take_defect(const struct topology_word *word, struct topology_unit *unit,
			       const char **at)
{
	size_t length = 0;

	while (is_name_character((*at)[length]))
		length++;
	for (unsigned int i = 1; i <= MODEL_DEFECT_COUNT; i++) {
		if (!is_same_name(*at, length, model_defect_name(i)))
			continue;
		unit->defects[i / 64] |= UINT64_C(1) << (i % 64);
		*at += length;
		return NULL;
	}
	return word->value_is;
}

/* ---- kinds ---- */

static void begin(struct topology_unit *unit, const struct model_config *config)
{
	unit->config = *config;
	unit->config.allow_illegal = true;
	unit->config.host_address_bits = 0; /* settled for all units together */
	unit->pasid_count = PASIDS_BY_DEFAULT;
}

static void kind_qemu(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	struct model_config config = model_config_qemu_7_2();

	(void)word;
	(void)on;
	begin(unit, &config);
}

static void kind_all(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	struct model_config config = model_config_everything();

	(void)word;
	(void)on;
	begin(unit, &config);
}

/* A unit of scalable mode without devices' TLBs: coherent, 48 bits, PASIDs of 20 bits. */
static void kind_sm(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	const struct model_config config = {
		.version = 0x40,
		.cap = reg_put(CAP_ND, 6) | reg_put(CAP_SAGAW, 6) | reg_put(CAP_MGAW, 47) |
		       reg_put(CAP_ZLR, 1) | reg_put(CAP_FRO, 0x24) | reg_put(CAP_SSLPS, 3) |
		       reg_put(CAP_PSI, 1) | reg_put(CAP_NFR, 3) | reg_put(CAP_MAMV, 18) |
		       reg_put(CAP_DWD, 1) | reg_put(CAP_DRD, 1),
		.ecap = reg_put(ECAP_C, 1) | reg_put(ECAP_QI, 1) | reg_put(ECAP_IR, 1) |
			reg_put(ECAP_EIM, 1) | reg_put(ECAP_PT, 1) | reg_put(ECAP_SC, 1) |
			reg_put(ECAP_IRO, 0x22) | reg_put(ECAP_MHMV, 15) | reg_put(ECAP_SRS, 1) |
			reg_put(ECAP_PSS, 19) | reg_put(ECAP_PASID, 1) | reg_put(ECAP_SMTS, 1) |
			reg_put(ECAP_SSTS, 1) | reg_put(ECAP_SMPWCS, 1) | reg_put(ECAP_RPS, 1),
	};

	(void)word;
	(void)on;
	begin(unit, &config);
}

/* A unit of legacy mode only, of the age of protected memory registers. */
static void kind_legacy(const struct topology_word *word, struct topology_unit *unit, bool on)
{
	const struct model_config config = {
		.version = 0x10,
		.cap = reg_put(CAP_ND, 2) | reg_put(CAP_PLMR, 1) | reg_put(CAP_PHMR, 1) |
		       reg_put(CAP_SAGAW, 6) | reg_put(CAP_MGAW, 47) | reg_put(CAP_FRO, 0x24) |
		       reg_put(CAP_SSLPS, 3) | reg_put(CAP_PSI, 1) | reg_put(CAP_MAMV, 18) |
		       reg_put(CAP_DWD, 1) | reg_put(CAP_DRD, 1),
		.ecap = reg_put(ECAP_C, 1) | reg_put(ECAP_QI, 1) | reg_put(ECAP_IR, 1) |
			reg_put(ECAP_EIM, 1) | reg_put(ECAP_PT, 1) | reg_put(ECAP_SC, 1) |
			reg_put(ECAP_IRO, 0x50) | reg_put(ECAP_MHMV, 15),
		.merges_faults = true,
	};

	(void)word;
	(void)on;
	begin(unit, &config);
}

/* ---- the table ---- */

#define KIND(word, function, text)                                                    \
	{                                                                             \
		.name = (word), .meaning = (text), .is_kind = true, .set = (function) \
	}
#define CAPABILITY(reg, word, bits, text) \
	{ .name = #word,                  \
	  .meaning = (text),              \
	  .set = set_capability,          \
	  .in_ecap = IN_##reg,            \
	  .field = FIELD(bits) },
#define FIELD_OF(reg, word, text)                                                             \
	{                                                                                     \
		.name = #word, .meaning = (text), .value_is = "a number that fits the field", \
		.take_value = take_field, .in_ecap = IN_##reg, .field = FIELD(reg##_##word)   \
	}
#define SWITCH(word, member, text)                                    \
	{                                                             \
		.name = (word), .meaning = (text), .set = set_switch, \
		.offset = offsetof(struct topology_unit, member)      \
	}
#define NUMBER(word, member, limit, text)                                                      \
	{                                                                                      \
		.name = (word), .meaning = (text), .value_is = "a number",                     \
		.take_value = take_number32, .offset = offsetof(struct topology_unit, member), \
		.most = (limit)                                                                \
	}
#define IN_CAP	false
#define IN_ECAP true

/* clang-format off */
static const struct topology_word words[] = {
	KIND("sm", kind_sm, "scalable mode, second stage, PASIDs, 48 bits, coherent"),
	KIND("legacy", kind_legacy, "legacy mode only, 48 bits"),
	KIND("qemu", kind_qemu, "the capabilities of QEMU 7.2's intel-iommu in scalable mode"),
	KIND("all", kind_all, "everything that can be modelled"),

	{ .name = "ver", .meaning = "version, as major.minor", .value_is = "a version, for example 4.0",
	  .take_value = take_version },
	{ .name = "cap", .meaning = "the whole Capability Register",
	  .value_is = "64 bits, 0x for hexadecimal", .take_value = take_register },
	{ .name = "ecap", .meaning = "the whole Extended Capability Register",
	  .value_is = "64 bits, 0x for hexadecimal", .take_value = take_register, .in_ecap = true },
	{ .name = "aw", .meaning = "second-stage tables up to this width, and MGAW as wide",
	  .value_is = "39, 48 or 57", .take_value = take_width },
	{ .name = "haw", .meaning = "host address width in bits; the smallest counts for all units",
	  .value_is = "32 to 52", .take_value = take_host_width },
	{ .name = "2m", .meaning = "2 MiB second-stage pages", .set = set_capability,
	  .field = FIELD(CAP_SSLPS2M) },
	{ .name = "1g", .meaning = "1 GiB second-stage pages", .set = set_capability,
	  .field = FIELD(CAP_SSLPS1G) },

	{ .name = "vcs-draft",
	  .meaning = "virtual commands at the places of the drafts before revision 3.3",
	  .set = set_vcs_draft },
	{ .name = "pas", .meaning = "VCCAP.PAS: PASIDs are allocated (and, in the drafts, freed)",
	  .set = set_command, .field = FIELD(VCCAP_PAS), .most = 1 },
	{ .name = "fps", .meaning = "VCCAP.FPS: PASIDs are freed", .set = set_command,
	  .field = FIELD(VCCAP_FPS) },
	{ .name = "ns", .meaning = "VCCAP.NS: the null command", .set = set_command,
	  .field = FIELD(VCCAP_NS) },
	SWITCH("shared", shares_pasids, "one pool of PASIDs for all units that say so"),
	{ .name = "private", .meaning = "a pool of PASIDs of its own (so without a word)",
	  .set = set_private },
	{ .name = "pasids", .meaning = "PASIDs in the pool, from 1 on (8191 without a word)",
	  .value_is = "1 to 1048575", .take_value = take_pasids },

	NUMBER("slow", config.vcmd.answer_after_reads, UINT32_MAX,
	       "VCRSP shows IP for so many reads"),
	NUMBER("capacity", config.vcmd.capacity, UINT32_MAX, "PASIDs this unit hands out at most"),
	{ .name = "status", .meaning = "every virtual command ends with this status code",
	  .value_is = "1 to 127", .take_value = take_status },
	SWITCH("never-answers", config.vcmd.never_answers, "virtual commands stay in progress"),
	SWITCH("offers-pasid-0", config.vcmd.offers_pasid_0, "allocation gives PASID 0"),
	SWITCH("offers-same-twice", config.vcmd.offers_same_twice,
	       "every second allocation repeats the one before"),
	SWITCH("other-layout", config.vcmd.answers_in_other_layout,
	       "results come at the places of the other layout"),

	{ .name = "absent", .meaning = "nothing answers: all reads give 0, or all ones",
	  .value_is = "0 or ones", .take_value = take_absent },
	{ .name = "entry", .meaning = "what an earlier stage left on",
	  .value_is = "legacy-on, sm-on, qi-on or ir-on", .take_value = take_entry },
	SWITCH("include-all", includes_all, "INCLUDE_PCI_ALL in the DMAR table, no scopes"),
	SWITCH("unreported", is_unreported, "missing in the DMAR table: its devices are in no scope"),
	SWITCH("merge", config.merges_faults, "one fault record per source while its F is set"),
	SWITCH("lazy", config.defers_invalidations, "invalidations wait for a wait descriptor, page requests for a look"),
	SWITCH("tm", config.has_transient_bit,
	       "bit 62 of second-stage entries is TM and may be 1, as before revision 3.2"),
	SWITCH("fields-first", config.checks_fields_first,
	       "fault 43h comes before 42h for a scalable-mode context entry that deserves both"),
	NUMBER("gsts-delay", config.gsts_delay_reads, UINT32_MAX,
	       "GSTS follows GCMD after so many reads"),
	SWITCH("gsts-stuck", config.misbehaviour.gsts_never_follows, "GSTS never follows GCMD"),
	SWITCH("srtp-stuck", config.misbehaviour.srtp_never_completes, "SRTP never completes"),
	SWITCH("ttm-lost", config.misbehaviour.ttm_not_kept, "RTADDR.TTM reads and latches 0"),
	{ .name = "cap-flips", .meaning = "bits of CAP that differ on every second read",
	  .value_is = "64 bits, 0x for hexadecimal", .take_value = take_number64,
	  .offset = offsetof(struct topology_unit, config.misbehaviour.cap_flips) },
	{ .name = "ecap-flips", .meaning = "bits of ECAP that differ on every second read",
	  .value_is = "64 bits, 0x for hexadecimal", .take_value = take_number64,
	  .offset = offsetof(struct topology_unit, config.misbehaviour.ecap_flips) },
	{ .name = "defect", .meaning = "a deviation of tests/model/defects.def, by name",
	  .value_is = "a name of tests/model/defects.def", .take_value = take_defect },

	FIELD_OF(CAP, ND, "field of CAP: domain identifiers"),
	FIELD_OF(CAP, SAGAW, "field of CAP: second-stage widths, a set of bits"),
	FIELD_OF(CAP, MGAW, "field of CAP: guest address width - 1"),
	FIELD_OF(CAP, FRO, "field of CAP: place of the fault records"),
	FIELD_OF(CAP, SSLPS, "field of CAP: large second-stage pages, a set of bits"),
	FIELD_OF(CAP, NFR, "field of CAP: fault records - 1"),
	FIELD_OF(CAP, MAMV, "field of CAP: largest address mask"),
	FIELD_OF(ECAP, IRO, "field of ECAP: place of IVA and IOTLB"),
	FIELD_OF(ECAP, MHMV, "field of ECAP: largest handle mask"),
	FIELD_OF(ECAP, PSS, "field of ECAP: PASID width - 1"),
	VTD_CAPABILITIES(CAPABILITY)
};
/* clang-format on */

const struct topology_word *topology_words_get(unsigned int nth)
{
	return nth < sizeof(words) / sizeof(words[0]) ? &words[nth] : NULL;
}
