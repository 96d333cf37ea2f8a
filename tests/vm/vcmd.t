#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Units with virtual commands: both register layouts pass, PASIDs shared or not; a unit that is ill in
# one way fails the one test that tells, by name, and the run goes on.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub commands {
	my ($topo, @words) = @_;
	return boot(options => ['--iommu', 'none'],
		words => ['units=model', "topo=$topo", 'tests=vcmd.*,pasid.*', @words]);
}

sub named { my ($run, $outcome) = @_; return [map { $_->{id} } grep { VM::outcome($_) eq $outcome } @{ $run->{results} }] }

sub passes {
	my ($topo, $most_skipped, $check) = @_;
	subtest "topo=$topo" => sub {
		my $run = commands($topo);
		ends_with($run, 0, 'PASS');
		is_deeply(named($run, 'not ok'), [], 'nothing failed');
		my ($passed, $skipped) = map { scalar @{ named($run, $_) } } 'ok', 'skipped';
		ok($passed >= 40, "$passed results") or show_all($run);
		ok($skipped <= $most_skipped, "no more than $most_skipped skipped: $skipped");
		$check->($run) if $check;
	};
}

sub show_all { diag("$_->{id} $_->{directive} $_->{reason}") for @{ $_[0]{results} } }

passes('sm+vcs', 17, sub { says($_[0], '# unit 0: VCMD layout 3.3: e30 reads 7') });
passes('sm+vcs-draft', 24, sub { says($_[0], '# unit 0: VCMD layout draft: e30 reads 0, e00 1') });
passes('all+vcs+slow=2', 11);
passes('sm+vcs+PSS=15', 16, sub { is(result($_[0], 'pasid.fault-beyond-pss'), 'ok', 'there are PASIDs too wide') });
passes('sm+vcs+pasids=20', 19);
passes('sm+vcs+pasids=70000', 20, sub { is(result($_[0], 'vcmd.halves-wide'), 'ok', 'PASIDs of 17 bits') });
passes('sm+vcs-ns-fps', 65);
passes('sm+vcs+shared*2', 30, sub {
	is(result($_[0], "pasid.source-two-units"), 'ok', 'two units give from one pool');
	is(result($_[0], 'vcmd.free-other-unit'), 'ok', 'and take back into it');
});
passes('sm+vcs*2', 32, sub {
	my ($result) = results_of($_[0], qr/^pasid\.source-two-units$/);
	like($result->{reason}, qr/PASIDs of their own/, 'two pools are told from one');
});

sub fails {
	my ($topo, $id, @texts) = @_;
	my @words = ref $topo ? @$topo : $topo;
	subtest "topo=@words" => sub {
		my $run = commands(@words);
		ends_with($run, 1, 'FAIL');
		is_deeply(named($run, 'not ok'), [$id], "$id alone fails");
		says($run, $_) for @texts;
	};
}

for my $layout ('sm+vcs', 'sm+vcs-draft') {
	my $is_draft = $layout =~ /draft/;
	my $vcrsp = $is_draft ? 'VCRSP (e20)' : 'VCRSP (e10)';

	fails("$layout+never-answers", 'vcmd.answers', "$vcrsp reads 0000000000000001 after 100000 us");
	fails("$layout+offers-pasid-0", 'vcmd.alloc-not-0', 'PASID 0 offered');
	fails("$layout+offers-same-twice", 'vcmd.alloc-not-twice', qr/the first PASIDs are (\w+), \1,/);
	fails("$layout+other-layout", $is_draft ? 'vcmd.alloc-low-bits' : 'vcmd.answer-layout',
		$is_draft ? qr/the first PASIDs are \w+00, \w+00, \w+00/ : 'answer of the other register layout');
	fails("$layout+status=1", 'vcmd.offered-commands', 'undefined command');
	fails("$layout+status=3", 'vcmd.status', 'status code that the layout does not know');
}
for my $layout ('sm+vcs', 'sm+vcs-draft') {
	fails("$layout+defect=vcmd_gives_none", 'vcmd.alloc-any', 'it allocates not one PASID: ');
	fails("$layout+defect=vcmd_gives_beside_refusal", 'vcmd.alloc-status', 'could be freed');
	fails("$layout+defect=vcrsp_unsettled", 'vcmd.answer-settles', 'reads 0 with IP clear, then 2');
	fails("$layout+defect=vcrsp_ip_stuck", 'vcmd.answer-ends', 'reads 0000000000000003 after 100000 us');
	fails("$layout+defect=vcmd_alloc_adds_operand", 'vcmd.alloc-operand-left', 'cannot be given back');
}
fails('sm+vcs-ns+status=16', 'vcmd.alloc-any', 'status 16, while this test holds none');
fails('sm+vcs+defect=vcmd_result_beside_refusal', 'vcmd.answer-reserved', 'result 5a5a5');
fails('sm+vcs+defect=vcmd_operand_half_lost', 'vcmd.halves', 'differs in the upper half of VCMD: ok');
fails('sm+vcs+defect=vcmd_operand_b_starts', 'vcmd.extended-operand', 'after operand B was written');
fails('sm+vcs-draft+status=16', 'vcmd.answer-reserved', 'reserved bits set in the response');
fails(['sm+vcs', 'vcmd=draft'], 'vcmd.answer-layout', 'answer of the other register layout');
fails(['sm+vcs-draft', 'vcmd=3.3'], 'vcmd.answer-layout', 'answer of the other register layout');
fails('sm+pas', 'vcmd.vccap-needs-vcs', 'ECAP.VCS (bit 44) is clear');
fails('sm+vcs-PASID', 'vcmd.pas-needs-pasid', 'ECAP.PASID (bit 40) is clear');

subtest 'an ill unit beside a good one' => sub {
	my $run = commands('sm+vcs,sm+vcs+never-answers');
	ends_with($run, 1, 'FAIL');
	is_deeply([map { "$_->{id} $_->{where}" } grep { VM::outcome($_) eq 'not ok' } @{ $run->{results} }],
		['vcmd.answers unit 1'], 'the good one is not blamed');
};

subtest 'an ailment is told where the test for it is not selected' => sub {
	my $run = commands('sm+vcs+offers-pasid-0', 'skip=vcmd.alloc-not-0');
	ends_with($run, 1, 'FAIL');
	is_deeply(named($run, 'not ok'), ['vcmd.layout'], 'by the first test that meets it');
	says($run, $_) for 'it allocates PASID 0: ', qr/^# unit 0 is ill: .*: vcmd\.layout failed, (\d+) skipped\r?\n(?:.*\n)*.* \1 of the skipped because a unit is ill/m;
	$run = boot(options => ['--iommu', 'none'],
		words => ['units=model', 'topo=sm+vcs,sm+vcs+never-answers', 'tests=cap.*,pasid.source-*']);
	ends_with($run, 1, 'FAIL');
	is_deeply([map { "$_->{id} $_->{where}" } grep { VM::outcome($_) eq 'not ok' } @{ $run->{results} }],
		['pasid.source-unique unit 1'], 'once for each unit, and the good one is not blamed');
};

subtest 'RID_PASIDs come through VCMD where VCCAP.PAS is set' => sub {
	my $run = boot(options => ['--iommu', 'none'],
		words => ['units=model', 'topo=sm+vcs', 'tests=sm.*,pasid.*,fault.sm-*,isolation.sm-*']);
	ends_with($run, 0, 'PASS');
	unlike($run->{log}, qr/VCMD did not give/, 'the model saw no other');
	is(result($run, $_), 'ok', $_) for 'sm.rid-pasid-5', 'sm.rid-pasid-70', 'pasid.vcmd-rid-pasid';
	is(result($run, 'sm.pdts-1-last'), 'skipped', 'one that the VMM does not have');
};

subtest 'the allocator of a platform is tried' => sub {
	for my $ill ('never-answers', 'defect=vcmd_gives_none', 'offers-pasid-0') {
		my $run = boot(options => ['--iommu', 'none'],
			words => ['units=model', "topo=sm+vcs+$ill", 'tests=mixed.platform-allocator']);
		ends_with($run, 1, 'FAIL');
		is_deeply(named($run, 'not ok'), ['mixed.platform-allocator'], $ill);
	}
};

subtest 'a unit that offers nothing has nothing to show' => sub {
	my $run = commands('sm+vcs-ns-pas-fps');
	ends_with($run, 0, 'PASS');
	is(result($run, 'vcmd.layout'), 'skipped', 'its layout cannot be told');
	$run = commands('sm+vcs-ns-pas-fps', 'vcmd=3.3');
	is(result($run, 'vcmd.alloc-unsupported'), 'ok', 'forced, it refuses what it does not offer');
};

subtest 'the word bench' => sub {
	my $run = boot(options => ['--iommu', 'none'],
		words => ['units=model', 'topo=sm+vcs', 'bench']);
	ends_with($run, 0, 'PASS');
	says($run, "# bench unit 0: $_ of a PASID: 1.00 register writes, 1.00 reads") for 'allocation', 'freeing';
	says($run, '# bench unit 0: queued invalidation, waited for: 1.00 register writes, 0.00 reads');
	is_deeply([ids($run)], [map({ "ok bench.$_ [unit 0]" } qw(pasid-alloc pasid-free queue-wait map-legacy
		map-scalable)), 'ok bench.pasid-space []'], 'what it measures, and nothing else');
	says($run, "# bench PASID space, $_ live:") for 1, 1000, 1000000;
	ends_with(boot(words => ['bench', 'mixed']), 2, 'bench runs alone: not with mixed');
};

done_testing();
