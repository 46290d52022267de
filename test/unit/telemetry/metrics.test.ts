import { expect, test } from 'vitest';
import { Metrics } from '../../../src/telemetry/metrics.ts';

test('calls are counted by direction and ending', async () => {
  const metrics = new Metrics();
  metrics.callStarted('outbound');
  metrics.callEnded('outbound', 'busy');
  metrics.providerError('openai', 'provider-timeout');
  metrics.storeError();

  const text = await metrics.render();

  expect(text).toContain('trunkline_calls_started_total{direction="outbound"} 1');
  expect(text).toContain('trunkline_calls_ended_total{direction="outbound",reason="busy"} 1');
  expect(text).toContain(
    'trunkline_provider_errors_total{provider="openai",code="provider-timeout"} 1',
  );
  expect(text).toContain('trunkline_store_errors_total 1');
});

test('turn gaps and requests are histograms in seconds', async () => {
  const metrics = new Metrics();
  metrics.turnGap(620);
  metrics.httpRequest({ method: 'GET', route: '/health', status: 200 }, 3);

  const text = await metrics.render();

  expect(text).toContain('trunkline_turn_gap_seconds_bucket{le="0.5"} 0');
  expect(text).toContain('trunkline_turn_gap_seconds_bucket{le="0.7"} 1');
  expect(text).toContain('trunkline_http_request_seconds_count');
});

test('the scores of an ended call are counted by direction, those that are known', async () => {
  const metrics = new Metrics();
  metrics.callQuality({ received: { mos: 4.35 } });

  const text = await metrics.render();

  expect(text).toContain('trunkline_call_mos_bucket{le="4.2",direction="received"} 0');
  expect(text).toContain('trunkline_call_mos_bucket{le="4.4",direction="received"} 1');
  expect(text).not.toContain('direction="sent"');
});

test('gauges ask for their value at every scrape, the media engine once', async () => {
  const metrics = new Metrics();
  let active = 0;
  let asked = 0;
  metrics.watchCalls(() => active);
  metrics.watchMedia(() => {
    asked += 1;
    return {
      sessionsOpen: 3,
      portsFree: 97,
      portsDraining: 2,
      packetsDroppedBy: { 'bad-tag': 5 },
      pacingP99Ms: 1.5,
      pacingMaxMs: 4,
    };
  });
  active = 2;

  const text = await metrics.render();

  expect(asked).toBe(1);
  expect(text).toContain('trunkline_calls_active 2');
  expect(text).toContain('trunkline_media_sessions 3');
  expect(text).toContain('trunkline_media_ports_free 97');
  expect(text).toContain('trunkline_media_ports_draining 2');
  expect(text).toContain('trunkline_media_packets_dropped_total{reason="bad-tag"} 5');
  expect(text).toContain('trunkline_media_pacing_p99_ms 1.5');
  expect(text).toContain('trunkline_media_pacing_max_ms 4');
});

const SIP_FIGURES = {
  requests: 10,
  responses: 4,
  malformed: 2,
  retransmissions: 3,
  droppedNotAllowed: 7,
  droppedRate: 8,
  droppedMethod: 9,
  overflow: 11,
  callsInSetUp: 14,
  refusedConnections: 15,
  challenges: 12,
  shed: 13,
  isOverloaded: true,
  transactions: 5,
  dialogs: 1,
  tcpConnections: 6,
};

test('the SIP server is asked at every scrape: what it counted and what it holds', async () => {
  const metrics = new Metrics();
  const figures = { ...SIP_FIGURES };
  metrics.watchSip(async () => figures);
  await metrics.render();
  figures.malformed = 9;
  figures.dialogs = 0;

  const text = await metrics.render();

  expect(text).toContain('trunkline_sip_requests_total 10');
  expect(text).toContain('trunkline_sip_responses_total 4');
  expect(text).toContain('trunkline_sip_malformed_total 9');
  expect(text).toContain('trunkline_sip_retransmissions_total 3');
  expect(text).toContain('trunkline_sip_not_allowed_total 7');
  expect(text).toContain('trunkline_sip_dropped_total{reason="stranger"} 7');
  expect(text).toContain('trunkline_sip_dropped_total{reason="rate"} 8');
  expect(text).toContain('trunkline_sip_dropped_total{reason="method"} 9');
  expect(text).toContain('trunkline_sip_dropped_total{reason="full"} 11');
  expect(text).toContain('trunkline_sip_challenges_total 12');
  expect(text).toContain('trunkline_sip_shed_total 13');
  expect(text).toContain('trunkline_sip_overloaded 1');
  expect(text).toContain('trunkline_sip_calls_in_set_up 14');
  expect(text).toContain('trunkline_sip_refused_connections_total 15');
  expect(text).toContain('trunkline_sip_transactions 5');
  expect(text).toContain('trunkline_sip_dialogs 0');
  expect(text).toContain('trunkline_sip_tcp_connections 6');
});

test('a part that cannot answer any more does not keep the others from it', async () => {
  const metrics = new Metrics();
  let isClosed = false;
  metrics.watchSip(() =>
    isClosed ? Promise.reject(new Error('closed')) : Promise.resolve(SIP_FIGURES),
  );
  metrics.watchCalls(() => 1);
  await metrics.render();
  isClosed = true;

  const text = await metrics.render();

  expect(text).toContain('trunkline_sip_requests_total 10');
  expect(text).toContain('trunkline_calls_active 1');
});

test('two instances do not share figures', async () => {
  new Metrics().callStarted('inbound');

  expect(await new Metrics().render()).not.toContain('trunkline_calls_started_total{');
});

test('the trace is counted where it is kept', async () => {
  const metrics = new Metrics();
  metrics.watchTrace(() => ({ captured: 9, dropped: 2, hepSent: 7, hepFailed: 1 }));

  const text = await metrics.render();

  expect(text).toContain('trunkline_sip_trace_captured_total 9');
  expect(text).toContain('trunkline_sip_trace_dropped_total 2');
  expect(text).toContain('trunkline_hep_sent_total 7');
  expect(text).toContain('trunkline_hep_failed_total 1');
});
