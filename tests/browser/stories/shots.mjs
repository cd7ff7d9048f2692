export const open = async (browser) => ({ browser });
export const close = async () => {};
export const stories = {};
