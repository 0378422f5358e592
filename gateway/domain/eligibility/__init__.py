"""May this claim be collected now? One function a rule, one module a subject."""
