/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/words.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/fuzz/own.h"
#include "tests/fuzz/registers.h"
#include "tests/fuzz/stimuli_steps.h"
#include "tests/units/topology.h"

/* Either way through the same functions, so that what is written can be read. */
struct words {
	const char *in; /* NULL: they are written */
	char *out;
	size_t used, size;
	unsigned int zeros;  /* not written yet: they may be the last ones of a piece */
	const char *problem; /* the first one */
};

enum { SCENE = 's', PIECE_END = ',', NUMBER_START = '.' };

/* By enum step_kind. */
static const char letters[] = "pidoLrwqevc";
_Static_assert(sizeof(letters) - 1 == STEP_COMMAND + 1, "a letter for each kind of step");

static void refuse(struct words *words, const char *problem)
{
	if (!words->problem)
		words->problem = problem;
}

/* ---- numbers ---- */

static void put(struct words *words, char c)
{
	if (words->used + 1 < words->size)
		words->out[words->used++] = c;
}

static void put_number(struct words *words, uint64_t value)
{
	char digits[20];

	if (!value) {
		words->zeros++;
		return;
	}
	for (; words->zeros; words->zeros--)
		put(words, NUMBER_START);
	put(words, NUMBER_START);
	print_to(digits, sizeof(digits), "%llx", (unsigned long long)value);
	for (const char *at = digits; *at; at++)
		put(words, *at);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t take_number(struct words *words)
{
	uint64_t value = 0;

	if (*words->in != NUMBER_START)
		return 0;
	for (words->in++; digit(*words->in) >= 0; words->in++) {
		if (value >> 60)
			refuse(words, "a number of more than 64 bits");
		value = value << 4 | (uint64_t)digit(*words->in);
	}
	return value;
}

/* Returns the number as it is, or as it was read: 0 to `most`. */
static uint64_t number(struct words *words, uint64_t value, uint64_t most)
{
	if (!words->in) {
		put_number(words, value);
		return value;
	}
	value = take_number(words);
	if (value > most) {
		refuse(words, "a number that is too large where it stands");
		value = 0;
	}
	return value;
}

static void number_of(struct words *words, unsigned int *value, unsigned int most)
{
	*value = (unsigned int)number(words, *value, most);
}

/* Up to so many flags in one number. */
static void flags(struct words *words, bool *const values[], unsigned int count)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < count; i++)
		bits |= (uint64_t)*values[i] << i;
	bits = number(words, bits, (UINT64_C(1) << count) - 1);
	for (unsigned int i = 0; i < count; i++)
		*values[i] = bits >> i & 1;
}

#define FLAGS(words, ...)                            \
	flags(words, (bool *const[]){ __VA_ARGS__ }, \
	      sizeof((bool *const[]){ __VA_ARGS__ }) / sizeof(bool *))

static void quads(struct words *words, uint64_t *q, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		q[i] = number(words, q[i], UINT64_MAX);
}

/* ---- the scene ---- */

static void scene_numbers(struct words *words, struct scene *scene)
{
	unsigned int did = scene->did;

	scene->mode = (enum scene_mode)number(words, scene->mode, SCENE_SCALABLE);
	scene->stage = (enum scene_stage)number(words, scene->stage, STAGE_NESTED);
	number_of(words, &scene->levels, 5);
	number_of(words, &scene->page_shift, 30);
	FLAGS(words, &scene->pass_through, &scene->is_at_top, &scene->is_upper);
	number_of(words, &scene->rid_pasid, MODEL_PASID_LIMIT - 1);
	number_of(words, &scene->pasid, MODEL_PASID_LIMIT - 1);
	number_of(words, &scene->pdts, 7);
	number_of(words, &did, UINT16_MAX);
	scene->did = (uint16_t)did;
}

/* As case_scene() makes them: others need not stand. */
static bool is_possible(const struct scene *scene)
{
	const bool is_plain =
		scene->page_shift == 12 && !scene->pass_through && scene->stage != STAGE_NESTED;
	const uint64_t pasids = UINT64_C(1) << (scene->pdts + 13);

	if (scene->mode == SCENE_NONE || scene->stage == STAGE_OF_UNIT || scene->did < 3)
		return false;
	if (scene->levels &&
	    (scene->levels < 3 || (scene->stage != STAGE_SECOND && scene->levels < 4)))
		return false;
	if (scene->page_shift != 12 && scene->page_shift != 21 && scene->page_shift != 30)
		return false;
	if (scene->mode == SCENE_LEGACY &&
	    (scene->stage != STAGE_SECOND || scene->rid_pasid || scene->pasid || scene->pdts))
		return false;
	if ((scene->stage == STAGE_NESTED || scene->pass_through) && scene->page_shift != 12)
		return false;
	if ((scene->is_at_top || scene->is_upper) && !is_plain)
		return false;
	if ((scene->pass_through && scene->stage != STAGE_SECOND) ||
	    (scene->is_upper && scene->stage != STAGE_FIRST))
		return false;
	if (scene->pasid &&
	    (scene->pass_through || scene->page_shift != 12 || scene->pasid == scene->rid_pasid))
		return false;
	return scene->pasid < pasids && scene->rid_pasid < pasids;
}

/* ---- steps ---- */

static void poke(struct words *words, struct step *step, const struct theatre *theatre)
{
	unsigned int target = own_target(theatre, step), at = step->at;

	number_of(words, &at, AT_HOST_TOP);
	number_of(words, &step->word, ENTRY_WORDS_MAX - 1);
	number_of(words, &target, TARGETS);
	number_of(words, &step->index, TOPOLOGY_ENDPOINTS - 1);
	step->at = (enum place)at;
	if (!target)
		step->turn_over = number(words, step->turn_over, UINT64_MAX);
	else if (words->in)
		step->turn_over = case_lead(theatre, (enum target)(target - 1));
	if (!case_has_place(theatre->stage, step->at) ||
	    step->word >= entry_bits(case_entry_kind(theatre->stage, step->at)) / 64)
		refuse(words, "an entry that the tables of its scene do not have");
}

static void dma(struct words *words, struct dma *dma)
{
	FLAGS(words, &dma->is_read, &dma->without_pasid, &dma->privileged);
	dma->place = (enum dma_place)number(words, dma->place, DMA_ABOVE_HOST);
	number_of(words, &dma->offset, WINDOW_PAGES * PAGE_BYTES - 1);
	number_of(words, &dma->bytes, PAGE_BYTES / 64);
	if (!dma->bytes || dma->offset % PAGE_BYTES + dma->bytes > PAGE_BYTES)
		refuse(words, "a transfer of no byte, or beyond its page");
	if (dma->place == DMA_INTERRUPT_RANGE && !dma->is_read)
		refuse(words, "a write that may well be an interrupt");
}

static void request(struct words *words, struct step *step, const struct theatre *theatre)
{
	struct model_request *request = &step->request;
	const uint64_t window = theatre->stage->window.value;
	unsigned int group = request->group;

	request->type = (enum model_type)number(words, request->type, MODEL_PAGE_REQUEST);
	request->kind = (enum model_kind)number(words, request->kind, MODEL_ATOMIC);
	FLAGS(words, &request->has_pasid, &request->privileged, &request->execute,
	      &request->no_write, &request->wants_read, &request->wants_write,
	      &request->last_in_group, &step->keeps_fault);
	request->address = number(words, request->address - window, UINT64_MAX) + window;
	number_of(words, &request->bytes, PAGE_BYTES / 64);
	number_of(words, &request->pasid, MODEL_PASID_LIMIT - 1);
	number_of(words, &step->index, TOPOLOGY_ENDPOINTS - 1);
	number_of(words, &group, 511);
	request->group = (uint16_t)group;
	request->data = (uint32_t)number(words, request->data, UINT32_MAX);
	if (!theatre->endpoint)
		refuse(words, "a request that only modelled devices can send");
	if (request->address % PAGE_BYTES + request->bytes > PAGE_BYTES)
		refuse(words, "a request beyond its page");
}

static void register_write(struct words *words, struct step *step, const struct theatre *theatre)
{
	struct own_write own = own_write_of(theatre, step);
	bool is_wide = step->bytes == 8;

	FLAGS(words, &is_wide);
	own.block = (enum own_block)number(words, own.block, OWN_BLOCKS - 1);
	own.base = (enum own_base)number(words, own.base, OWN_BASES - 1);
	own.offset = (uint32_t)number(words, own.offset, UINT16_MAX);
	own.value = number(words, own.value, UINT64_MAX);
	if (!words->in)
		return;
	own_write_take(theatre, &own, is_wide ? 8 : 4, step);
	if (!registers_can_write(theatre->stage->unit, (uint32_t)step->at_address, step->bytes))
		refuse(words, "a register that is not written so");
	if (step->at_address == REG_PQA &&
	    (own.base != OWN_QUEUE || own.value > field_max(FIELD(PQA_PQS))))
		refuse(words, "a page request queue that is not on the board");
}

static void descriptor(struct words *words, struct step *step)
{
	number_of(words, &step->index, 127);
	FLAGS(words, &step->is_held);
	quads(words, step->q, 4);
	quads(words, step->flips, 4);
}

static void entry(struct words *words, struct step *step)
{
	number_of(words, &step->index, STIMULI_POSTED);
	quads(words, step->q, 2);
	quads(words, step->flips, 4);
	if (step->index != STIMULI_POSTED && step->index - STIMULI_INDEX > 2)
		refuse(words, "an entry of the interrupt table that is not used");
}

static void interrupt(struct words *words, struct step *step, const struct theatre *theatre)
{
	number_of(words, &step->index, theatre->endpoint ? TOPOLOGY_ENDPOINTS - 1 : 0);
	quads(words, &step->at_address, 1);
	quads(words, &step->value, 1);
	step->bytes = 4;
}

static void invalidation(struct words *words, struct step *step)
{
	step->what = (enum invalidation)number(words, step->what, INVALIDATIONS - 1);
	FLAGS(words, &step->is_neighbour, &step->leaf_only);
	number_of(words, &step->address_mask, 9);
}

static void command(struct words *words, struct step *step, const struct theatre *theatre)
{
	step->command = (enum command)number(words, step->command, COMMANDS - 1);
	if (!stimuli_has_command(theatre, step->command))
		refuse(words, "a command that this unit does not have");
}

static void step_numbers(struct words *words, struct step *step, const struct theatre *theatre)
{
	switch (step->kind) {
	case STEP_POKE:
		poke(words, step, theatre);
		break;
	case STEP_INVALIDATE:
		invalidation(words, step);
		break;
	case STEP_DMA:
		dma(words, &step->dma);
		break;
	case STEP_REQUEST:
		request(words, step, theatre);
		break;
	case STEP_WRITE:
		register_write(words, step, theatre);
		break;
	case STEP_DESCRIPTOR:
		descriptor(words, step);
		break;
	case STEP_ENTRY:
		entry(words, step);
		break;
	case STEP_INTERRUPT:
		interrupt(words, step, theatre);
		break;
	case STEP_COMMAND:
		command(words, step, theatre);
		break;
	case STEP_OFF_AND_ON:
	case STEP_LATCH:
		break;
	}
}

/* ---- writing ---- */

static void begin_piece(struct words *words, char letter)
{
	words->zeros = 0;
	put(words, letter);
}

void words_write(char *text, size_t size, const struct theatre *theatre,
		 const struct fuzz_case *fuzz, uint32_t mask)
{
	struct words words = { .out = text, .size = size };
	struct scene scene = theatre->stage->scene;

	begin_piece(&words, SCENE);
	scene_numbers(&words, &scene);
	for (unsigned int i = 0; i < fuzz->count; i++) {
		struct step step = fuzz->steps[i];

		if (!(mask >> i & 1))
			continue;
		put(&words, PIECE_END);
		begin_piece(&words, letters[step.kind]);
		own_exchange(theatre, &step);
		step_numbers(&words, &step, theatre);
	}
	text[words.used] = 0;
}

/* ---- reading ---- */

/* What was not read of a piece is too much. */
static void end_piece(struct words *words)
{
	if (*words->in && *words->in != PIECE_END)
		refuse(words, "more numbers in a piece than it has, or a character that none has");
}

/* Any depth and any domain will do to show most of what there is to show. */
static void adapt(struct scene *scene, const struct caps *caps)
{
	const unsigned int domains = caps_domain_count(caps);

	if (!case_has_levels(caps, scene->stage, scene->levels))
		scene->levels = 0;
	if (scene->did >= domains)
		scene->did = (uint16_t)((scene->did & (domains - 1)) | 4);
}

static const char *lack(const struct scene *scene, const struct caps *caps,
			const struct agent *agent)
{
	const bool has_pasids = agent->limits.features & AGENT_PASID;

	if (scene->pasid && (!has_pasids || scene->pasid >> caps_pasid_bits(caps)))
		return "a PASID that this unit or its agent does not have";
	return scene->rid_pasid && !caps_has(caps, CAPABILITY_RPS)
		       ? "RID_PASID, which this unit does not have"
		       : NULL;
}

const char *words_read_scene(const char *text, const struct unit *unit, const struct agent *agent,
			     struct scene *scene)
{
	struct words words = { .in = text };

	*scene = (struct scene){ 0 };
	if (*words.in++ != SCENE)
		return "the words of a case, which begin with its scene";
	scene_numbers(&words, scene);
	end_piece(&words);
	if (!is_possible(scene))
		refuse(&words, "a scene that none of the cases has");
	adapt(scene, &unit->caps);
	return words.problem ? words.problem : lack(scene, &unit->caps, agent);
}

static bool read_step(struct words *words, struct step *step, const struct theatre *theatre)
{
	const char *letter = *words->in ? strchr(letters, *words->in) : NULL;

	*step = (struct step){ 0 };
	if (!letter) {
		refuse(words, "a step of a kind that there is not");
		return false;
	}
	step->kind = (enum step_kind)(letter - letters);
	words->in++;
	step_numbers(words, step, theatre);
	own_exchange(theatre, step);
	end_piece(words);
	return !words->problem;
}

const char *words_read_case(const char *text, const struct theatre *theatre, struct fuzz_case *fuzz)
{
	struct words words = { .in = text + strcspn(text, ",") };

	fuzz->count = 0;
	while (*words.in == PIECE_END) {
		words.in++;
		if (fuzz->count == CASE_STEPS_MAX)
			return "more steps than a case has";
		if (!read_step(&words, &fuzz->steps[fuzz->count++], theatre))
			return words.problem;
	}
	return fuzz->count ? NULL : "a scene without a step";
}
