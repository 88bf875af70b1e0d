"""The whole suite: unit, contract, adapters and scenario tests, with their fakes and fixtures."""
