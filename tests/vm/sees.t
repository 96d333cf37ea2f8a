#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A test sees the very thing it names, on a unit that does just that wrong: other tests that notice it
# too do not count here. And the other way round: units that are merely older, or stricter than most,
# are not blamed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

sub run_on {
	my ($topo, $tests) = @_;
	return boot(options => ['--iommu', 'none'], words => ['units=model', "topo=$topo", "tests=$tests"]);
}

sub sees {
	my ($topo, $test, $text) = @_;
	subtest "$test sees topo=$topo" => sub {
		my $run = run_on($topo, $test);
		ends_with($run, 1, 'FAIL');
		is_deeply([map { $_->{id} } grep { !$_->{ok} } @{ $run->{results} }], [$test], 'it fails');
		says($run, $text);
	};
}

sub spares {
	my ($topo, $tests, @texts) = @_;
	subtest "$tests spares topo=$topo" => sub {
		my $run = run_on($topo, $tests);
		ends_with($run, 0, 'PASS');
		says($run, $_) for @texts;
	};
}

# The data of a read, wherever it came from.
sees('sm+defect=fault_read_answered', "mixed.plan-first-$_-read", 'a raw address was read') for 'legacy', 'scalable';
sees('sm+defect=interrupt_read_allowed', "isolation.$_-interrupt-read", 'data astray for blocked') for 'legacy', 'sm';
# Between two register writes.
sees('sm+esrtps+defect=srtp_lapses', 'transition.never-off', 'behind a write to register 018');
sees('sm+defect=srtp_lapses', 'gcmd.root-moves', 'behind a write to register 018');
# A queue that goes on after IQE went by mistake finds nothing wrong, and a bad tail nothing but good descriptors.
sees('sm+defect=queue_error_cleared_by_0', $_, qr/FSTS\) & /) for 'queue.error-bit', 'event.status-apart';
sees('sm+defect=queue_tail_unchecked', 'queue.tail-beyond', 'a descriptor before the bad tail is carried out');
# No width of an address is the only one.
sees('sm-sc+mgaw=56+sagaw57+defect=ss_pte_reserved_ignored', 'fault.legacy-fpd-leaf-reserved', 'without FPD: data');

# With CAP.ESRTPS the latch forgets everything: what TE does cannot be seen, which is not a pass.
subtest 'what cannot be seen is skipped' => sub {
	my $run = run_on('sm+esrtps+defect=te_off_keeps_caches', 'sm.write,sm.te-off-forgets,legacy.te-off-forgets');
	ends_with($run, 0);
	is(result($run, "$_.te-off-forgets"), 'skipped', $_) for 'sm', 'legacy';
};

# Good units.
spares('sm+irreq,legacy+irreq', 'isolation.*-interrupt-write,dmar.io-apics',
	'the table is that of the modelled units');
spares('sm,sm+esrtps', 'gcmd.ttm-inert', 'SKIP unit 0 lacks CAP.ESRTPS');
spares('legacy+ttm-lost', 'fault.ttm-*', 'ignores TTM, as units before revision 3.0 do');
spares('legacy+ecs,legacy', 'fault.ttm-*', 'bit 11 of RTADDR was RTT then');
spares('sm+tm,legacy+tm', 'fault.ss-*reserved,fault.legacy-*reserved', 'takes bit 62, which was TM once');
spares('sm+fields-first', 'fault.sm-context-*');
spares('sm+mgaw=36', 'sm.page-1g-*');
# Where the field has its present meaning, or the mode could exist, nothing is spared.
sees('sm+ttm-lost', 'fault.ttm-reserved', 'data lands for blocked');
sees('all+tm', 'fault.ss-leaf-reserved', 'bits 62: data lands for blocked');
done_testing();
