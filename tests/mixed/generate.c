/* SPDX-License-Identifier: MIT */
#include "tests/mixed/generate.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/random.h"

static struct random source;

static uint64_t draw(unsigned int below)
{
	return random_below(&source, below);
}

static bool one_in(unsigned int n)
{
	return draw(n) == 0;
}

/* Words that leave a unit usable beside others. */
static const char *const harmless[] = {
	"-c",	    "-smpwcs", "-sc",		"-pt",	    "+cm",	  "+esrtps",
	"-psi",	    "+lazy",   "+gsts-delay=3", "+merge",   "+nfr=0",	  "+2m",
	"-sslps1g", "+aw=57",  "-rps",		"-srs",	    "-ssts",	  "+pss=7",
	"+adms",    "-ir-eim", "+esirtps",	"+fsts",    "-ssts+fsts", "+fsts+nest",
	"+rwbf",    "+phmr",   "+sagaw=4",	"+sagaw=8", "+aw=39",
};

/* What an earlier stage may have left on; the last one in scalable mode only. */
static const char *const entries[] = { "+entry=legacy-on", "+entry=qi-on", "+entry=ir-on",
				       "+entry=sm-on" };

/* Words that a good plan may have to refuse. */
static const char *const harmful[] = {
	"+absent=0",   "+absent=ones",	  "+unreported",      "+ttm-lost", "+gsts-stuck",
	"+srtp-stuck", "+cap-flips=0x80", "+ecap-flips=0x40", "+nd=7",	   "-sagaw39-sagaw48",
	"+pss=0",      "-pasid",	  "-qi-ir-eim",
};

static const char *const vcmd_kinds[] = { "+vcs", "+vcs+shared", "+vcs-draft", "+vcs-draft+shared",
					  "+vcs-pas-fps" };
static const char *const vcmd_harm[] = {
	"+never-answers", "+status=16",	     "+status=1",
	"+status=99",	  "+offers-pasid-0", "+offers-same-twice",
	"+other-layout",  "+capacity=1",     "+capacity=3",
	"-fps",		  "+slow=5",	     "+pasids=2",
};

#define ANY_OF(words) words[draw(sizeof(words) / sizeof(words[0]))]

static void add(struct generated *generated, const char *text)
{
	size_t used = strlen(generated->topo);

	print_to(generated->topo + used, sizeof(generated->topo) - used, "%s", text);
}

static void add_vcmd(struct generated *generated, unsigned int *vcmd_units)
{
	const char *kind = ANY_OF(vcmd_kinds), *harm;

	add(generated, kind);
	/* Two sets of PASIDs are no set for both. */
	if ((*vcmd_units)++)
		generated->must_succeed = false;
	if (!one_in(3))
		return;
	harm = ANY_OF(vcmd_harm);
	add(generated, harm);
	if (strcmp(harm, "-fps")) /* PASIDs that are not taken back cost SVA, and nothing else */
		generated->must_succeed = false;
}

static void add_unit(struct generated *generated, unsigned int *vcmd_units)
{
	bool is_legacy = one_in(4);

	add(generated, is_legacy ? "legacy" : "sm");
	if (!is_legacy && one_in(3))
		add_vcmd(generated, vcmd_units);
	for (unsigned int i = (unsigned int)draw(3); i; i--)
		add(generated, ANY_OF(harmless));
	if (one_in(5))
		add(generated, entries[draw(is_legacy ? 3 : 4)]);
	if (!one_in(6))
		return;
	add(generated, ANY_OF(harmful));
	generated->must_succeed = false;
}

static void draw_request(struct generated *generated)
{
	struct bringup_request *request = &generated->request;

	*request = (struct bringup_request){
		.mode = one_in(2) ? BRINGUP_ANY : (enum bringup_mode)draw(3),
		.pasids = (enum bringup_wish)draw(3),
		.pass_through = (enum bringup_wish)draw(2),
		.interrupt_remapping = (enum bringup_wish)draw(2),
		.pasid_bits = one_in(5) ? 1 + (unsigned int)draw(20) : 0,
		.leaves_out_absent = false,
	};
	if (one_in(10))
		request->pass_through = BRINGUP_REQUIRED;
	if (one_in(10))
		request->interrupt_remapping = BRINGUP_REQUIRED;
	if (one_in(10))
		request->address_bits = 39 + 9 * (unsigned int)draw(3);
	if (request->mode == BRINGUP_SCALABLE || request->pasids == BRINGUP_REQUIRED ||
	    request->pass_through == BRINGUP_REQUIRED ||
	    request->interrupt_remapping == BRINGUP_REQUIRED || request->address_bits > 39)
		generated->must_succeed = false;
}

void generate_case(struct generated *generated, uint64_t seed, unsigned int number)
{
	unsigned int vcmd_units = 0;

	memset(generated, 0, sizeof(*generated));
	source = random_from(seed, number);
	generated->must_succeed = true;
	for (uint64_t units = 1 + draw(GENERATED_UNITS_MAX); units; units--) {
		add_unit(generated, &vcmd_units);
		if (units > 1)
			add(generated, ",");
	}
	draw_request(generated);
	generated->plan.topo = generated->topo;
	if (one_in(8))
		generated->plan.default_pasids_live = 1 + (uint32_t)draw(3);
	generated->plan.has_no_pasid_memory = one_in(12);
	if (generated->plan.default_pasids_live || generated->plan.has_no_pasid_memory)
		generated->must_succeed = false;
}

const char *generated_words(const struct generated *generated, char *text, size_t bytes)
{
	static const char *const modes[] = { "any", "scalable", "legacy" };
	static const char *const wishes[] = { "off", "wanted", "required" };
	const struct bringup_request *request = &generated->request;

	print_to(text, bytes,
		 "topo=%s, mode %s, PASIDs %s, pass-through %s, interrupt remapping %s, %u address "
		 "bits, %u PASID bits, %u PASIDs live, memory for PASIDs: %s",
		 generated->topo, modes[request->mode], wishes[request->pasids],
		 wishes[request->pass_through], wishes[request->interrupt_remapping],
		 request->address_bits, request->pasid_bits, generated->plan.default_pasids_live,
		 generated->plan.has_no_pasid_memory ? "no" : "yes");
	return text;
}
