"""Alert intakes: one file per source, its wire format translated to `InboundAlert`."""
